// The Redis adapter that oidc-provider's repository shows as an example, on one connection over a unix socket.
import Redis from 'ioredis';

const consumable = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest']);
const grantable = new Set(['AccessToken', ...consumable]);
const grantKey = (id) => `oidc:grant:${id}`;
const uidKey = (uid) => `oidc:uid:${uid}`;

export function connect(path) {
  const client = new Redis({ path, db: 1 });

  return class RedisAdapter {
    constructor(name) {
      this.name = name;
    }

    key(id) {
      return `oidc:${this.name}:${id}`;
    }

    async upsert(id, payload, expiresIn) {
      const key = this.key(id);
      const multi = client.multi();
      if (consumable.has(this.name)) multi.hset(key, { payload: JSON.stringify(payload) });
      else multi.set(key, JSON.stringify(payload));
      if (expiresIn) multi.expire(key, expiresIn);
      if (grantable.has(this.name) && payload.grantId) {
        const members = grantKey(payload.grantId);
        multi.rpush(members, key);
        if (expiresIn > (await client.ttl(members))) multi.expire(members, expiresIn);
      }
      if (payload.uid) {
        multi.set(uidKey(payload.uid), id);
        if (expiresIn) multi.expire(uidKey(payload.uid), expiresIn);
      }
      await multi.exec();
    }

    async find(id) {
      if (!consumable.has(this.name)) {
        const text = await client.get(this.key(id));
        return text ? JSON.parse(text) : undefined;
      }
      const { payload, ...rest } = await client.hgetall(this.key(id));
      return payload ? { ...rest, ...JSON.parse(payload) } : undefined;
    }

    async findByUid(uid) {
      return this.find(await client.get(uidKey(uid)));
    }

    async consume(id) {
      await client.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000));
    }

    async destroy(id) {
      await client.del(this.key(id));
    }

    async revokeByGrantId(grantId) {
      const members = await client.lrange(grantKey(grantId), 0, -1);
      await client.multi([...members, grantKey(grantId)].map((key) => ['del', key])).exec();
    }
  };
}

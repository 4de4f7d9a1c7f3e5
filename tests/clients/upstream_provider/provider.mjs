// panva's oidc-provider, a certified provider for Node.js, with its own sign-in pages and people of a test's choice.
// Environment: CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, PEOPLE (JSON: login -> claims). Prints its issuer as JSON.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const people = JSON.parse(process.env.PEOPLE);

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: process.env.CLIENT_ID,
      client_secret: process.env.CLIENT_SECRET,
      redirect_uris: [process.env.REDIRECT_URI],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['only-for-tests'] },
    findAccount: async (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...people[id] }),
    }),
  });
  server.on('request', provider.callback());
  console.log(JSON.stringify({ issuer }));
});

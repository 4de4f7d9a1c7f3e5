"""A signal arrives (RFC 8935), from whoever says to be its issuer until its signature says so.

arrived --type, issuer, key, signature, audience, age--> heard, once --> what follows
            | any of them wrong --> refused with a code
            | too many of them --> to come again when somebody has looked
"""

from kit.call import CallContext
from sync import conf, rules, services
from sync.errors import FuseBlown, SetRefused
from sync.queries import audience_for, find_keys, find_transmitter
from sync.types import SetFault

TRANSITIONS = {"arrived": ("heard", "refused", "put_off"), "heard": (), "refused": (), "put_off": ("arrived",)}


def hear(*, token: str, call: CallContext) -> bool:
    """Take a security event token in; False when it has come before.

    Raises SetRefused with the code of RFC 8935 section 2.4, KeysUnavailable where its issuer's keys cannot be fetched,
    FuseBlown where its issuer is cut off.
    """
    header, claims = rules.parse_set(token)
    issuer = claims.get("iss")
    transmitter = find_transmitter(issuer=issuer) if isinstance(issuer, str) else None
    if transmitter is None:
        raise SetRefused(SetFault.ISSUER, "Its issuer is nobody whom we hear.")
    key = rules.pick_key(header, find_keys(transmitter.draft, kid=header.get("kid")))
    rules.check_signature(token, key=key, algorithm=str(header["alg"]))
    heard = rules.read_set(
        claims, audience=audience_for(transmitter.draft), now=call.now, oldest=conf.delivery_retention()
    )
    if services.cut_off_flood(transmitter=transmitter, jti=heard.jti, call=call):
        raise FuseBlown
    return services.take_in_set(transmitter=transmitter, heard=heard, call=call)

"""How facts leave, one file per transport, written out here."""

from sync.queries import LOGOUT
from sync.transports import backchannel_logout, scim_out, ssf_poll, ssf_push, webhook
from sync.types import Transport

TRANSPORTS: dict[str, Transport] = {
    LOGOUT: backchannel_logout.TRANSPORT,
    webhook.NAME: webhook.TRANSPORT,
    ssf_push.NAME: ssf_push.TRANSPORT,
    ssf_poll.NAME: ssf_poll.TRANSPORT,
    scim_out.NAME: scim_out.TRANSPORT,
}

"""The doors of the protocol desk: OAuth endpoints answer in their RFC's words, people get pages."""

from oauth.views.authorize import authorize, resume_authorization
from oauth.views.backchannel import backchannel_authentication
from oauth.views.clients import introspection, revocation, token
from oauth.views.device import device, device_authorization
from oauth.views.documents import jwks, metadata
from oauth.views.logout import logout
from oauth.views.userinfo import userinfo

__all__ = [
    "authorize",
    "backchannel_authentication",
    "device",
    "device_authorization",
    "introspection",
    "jwks",
    "logout",
    "metadata",
    "resume_authorization",
    "revocation",
    "token",
    "userinfo",
]

"""The names that token exchange uses (RFC 8693 section 3, Native SSO for Mobile Apps 1.0)."""

from typing import Final

TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"
DEVICE_SECRET: Final = "urn:openid:params:token-type:device-secret"
SESSION_TRANSFER: Final = "urn:throughline:params:oauth:token-type:session-transfer"
ASSISTANCE: Final = "urn:throughline:params:oauth:token-type:assistance"

"""The grants the gateway offers: one file each, and this written-out table."""

from collections.abc import Callable

from oauth.grants import authorization_code, ciba, client_credentials, device_code, refresh_token, token_exchange
from oauth.types import GrantType, Issued, Refused

Exchange = Callable[..., Issued | Refused]

GRANTS: dict[str, Exchange] = {
    GrantType.AUTHORIZATION_CODE: authorization_code.redeem_code,
    GrantType.REFRESH_TOKEN: refresh_token.rotate_refresh_token,
    GrantType.CLIENT_CREDENTIALS: client_credentials.issue_to_client,
    GrantType.TOKEN_EXCHANGE: token_exchange.exchange_token,
    GrantType.DEVICE_CODE: device_code.redeem_device_code,
    GrantType.CIBA: ciba.redeem_request,
}

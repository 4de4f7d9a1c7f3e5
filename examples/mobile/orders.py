"""The vendor's second app on the same phone: nobody signs in here, the first app's device secret is enough (Native SSO
for Mobile Apps 1.0). It is a client of its own, and gets tokens of its own.
"""

from flask import redirect
from werkzeug.wrappers import Response

from examples.channel_app import ChannelApp
from examples.exchange import DEVICE_SECRET, ID_TOKEN, TOKEN_EXCHANGE
from examples.mobile import keychain

SCOPE = "openid profile email"
orders = ChannelApp("mobile_two", __name__, scope=SCOPE)


@orders.get("/")
def home() -> str:
    """The orders of whoever is signed in."""
    return orders.show(keychain=keychain.find())


@orders.post("/enter")
def enter() -> Response:
    """One tap: the first app's sign-in, for this app."""
    shared = keychain.find()
    if shared is None:
        return redirect("/orders/")
    token = orders.fetch_token(
        TOKEN_EXCHANGE,
        audience=orders.settings.issuer,
        subject_token=shared["id_token"],
        subject_token_type=ID_TOKEN,
        actor_token=shared["device_secret"],
        actor_token_type=DEVICE_SECRET,
        scope=SCOPE,
    )
    orders.admit(token)
    return redirect("/orders/")

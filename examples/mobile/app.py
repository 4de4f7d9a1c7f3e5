"""The mobile app: a public client (code + PKCE, no secret) on a phone. It opens the shop and the help site signed in,
by a session transfer token (RFC 8693), and shares its sign-in with the vendor's second app (`orders.py`).

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.mobile.app run --port 8003
"""

from flask import make_response, redirect, session
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from examples.channel_app import ChannelApp
from examples.exchange import ACCESS_TOKEN, SESSION_TRANSFER, TOKEN_EXCHANGE
from examples.mobile import keychain
from examples.mobile.orders import orders

app = ChannelApp("mobile", __name__, scope="openid profile email offline_access device_sso")
app.offer_sign_in(goodbye="/")
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/orders": orders.wsgi_app})  # type: ignore[method-assign]


@app.get("/")
def home() -> Response:
    """Whoever is signed in, and where she can go from here."""
    page = make_response(app.show())
    if app.login and "device_secret" in app.login.token:
        keychain.keep(page, app.logins, session["login"])
    return page


@app.post("/open/<any(shop, help):site>")
def open_site(site: str) -> Response:
    """Open a web site in the phone's browser, signed in: the token in the link is good once, and on this phone."""
    if app.ask_person() is None or app.login is None:  # asking also renews an access token that has run out
        return redirect("/")
    transfer = app.fetch_token(
        TOKEN_EXCHANGE,
        subject_token=app.login.token["access_token"],
        subject_token_type=ACCESS_TOKEN,
        requested_token_type=SESSION_TRANSFER,
        audience=app.settings.clients[site],
    )
    return redirect(f"{app.settings.neighbors[site]}/sign-in?session_transfer_token={transfer['access_token']}")

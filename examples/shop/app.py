"""The shop: a confidential web client (code + PKCE, refresh, sign-out everywhere). Browse as a guest, or sign in.

The orders API runs beside it, and asks the gateway what may be done with her account; see `address.py`.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.shop.app run --port 8001
"""

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from examples.channel_app import ChannelApp
from examples.orders_api.app import api
from examples.shop.address import pages

app = ChannelApp("shop", __name__, scope="openid profile email offline_access")
app.offer_sign_in(goodbye="/signed-out")
app.register_blueprint(pages)
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/orders-api": api.wsgi_app})  # type: ignore[method-assign]


@app.get("/")
def home() -> str:
    """The window, for everybody."""
    return app.show()


@app.get("/signed-out")
def signed_out() -> str:
    """Where the gateway sends the browser once the session has ended; Authlib checks that we had asked."""
    app.gateway.validate_logout_response()
    return app.show("You are signed out, here and everywhere else.")

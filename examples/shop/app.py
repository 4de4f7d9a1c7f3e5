"""The shop: a confidential web client (code + PKCE, refresh, sign-out everywhere). Browse as a guest, or sign in.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.shop.app run --port 8001
"""

from examples.channel_app import ChannelApp

app = ChannelApp("shop", __name__, scope="openid profile email offline_access")
app.offer_sign_in(goodbye="/signed-out")


@app.get("/")
def home() -> str:
    """The window, for everybody."""
    return app.show()


@app.get("/signed-out")
def signed_out() -> str:
    """Where the gateway sends the browser once the session has ended; Authlib checks that we had asked."""
    app.gateway.validate_logout_response()
    return app.show("You are signed out, here and everywhere else.")

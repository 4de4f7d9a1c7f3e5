"""The help site: arriving is enough. It asks the gateway silently (`prompt=none`) who is there, and welcomes
guests as well.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.help.app run --port 8002
"""

from flask import g, request
from werkzeug.wrappers import Response

from examples.channel_app import ChannelApp

app = ChannelApp("help", __name__, scope="openid profile email offline_access")
app.offer_sign_in(goodbye="/")


@app.get("/")
def home() -> str | Response:
    """Signed in: greet. Unknown: ask the gateway once, without a page. `?guest` is its answer "nobody"."""
    person = app.ask_person()
    if person or g.get("signed_out") or "guest" in request.args:
        return app.show(person=person)
    return app.gateway.authorize_redirect(app.settings.redirect_uri, prompt="none")

"""The help site: arriving is enough. It asks the gateway silently (`prompt=none`) who is there, and welcomes
guests as well. Flask and Authlib again, and nothing shared with the shop but the way to find its settings.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.help.app run --port 8002
"""

import secrets
from threading import Lock
from typing import Any

import requests
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth, OAuthError
from flask import Flask, abort, redirect, render_template, request, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from examples.settings import read_settings

SCOPE = "openid profile email offline_access"
GUEST = {"login_required", "interaction_required", "consent_required", "account_selection_required"}

settings = read_settings("help", neighbor="shop")
app = Flask(__name__)
app.config.update(
    SECRET_KEY=secrets.token_hex(),
    SESSION_COOKIE_NAME="help",  # cookies ignore ports: without this, ours and the shop's would overwrite each other
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=settings.origin.startswith("https:"),
)
app.jinja_env.globals["settings"] = settings
readers: dict[str, "Reader"] = {}  # signed-in people by the key in their cookie; tokens never reach the browser


class Reader:
    """A signed-in reader: the tokens, and a lock so that each refresh token is used once."""

    def __init__(self, token: dict[str, Any]) -> None:
        self.token, self.lock = token, Lock()

    def ask(self) -> dict[str, Any] | None:
        """Userinfo with the access token, refreshed when it has expired; None when the session is over."""
        try:
            with self.lock:
                person = gateway.userinfo(token=self.token)
        except OAuthError:  # the refresh token is no longer good
            return None
        except requests.HTTPError as error:
            if error.response.status_code == 401:  # the session was ended elsewhere
                return None
            raise
        return dict(person) if person["sub"] == self.token["userinfo"]["sub"] else None


def keep_refreshed(token: dict[str, Any], **_: Any) -> None:
    """Authlib calls this with the new tokens when it has refreshed."""
    readers[session["reader"]].token.update(token)


gateway: FlaskOAuth2App = OAuth(app).register(
    "gateway",
    client_id=settings.client_id,
    client_secret=settings.client_secret,
    server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
    client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": 10},
    update_token=keep_refreshed,
)


@app.get("/")
def home() -> str | Response:
    """Signed in: greet. Unknown: ask the gateway once, without a page. `?guest` is its answer "nobody"."""
    if reader := readers.get(session.get("reader", "")):
        if person := reader.ask():
            return render_template("help.html", person=person, claims=reader.token["userinfo"])
        readers.pop(session.pop("reader"), None)
        return render_template("help.html", message="You were signed out.")
    if "guest" in request.args:
        return render_template("help.html")
    return gateway.authorize_redirect(settings.redirect_uri, prompt="none")


@app.get("/sign-in")
def sign_in() -> Response:
    """Ask again, this time with a sign-in page."""
    return gateway.authorize_redirect(settings.redirect_uri)


@app.get("/callback")
def callback() -> Response:
    """The answer to both kinds of question. `iss` tells that it is our gateway's (RFC 9207), errors included."""
    if request.args.get("iss") != settings.issuer:
        abort(400, "This answer is not from the gateway we asked.")
    if request.args.get("error") in GUEST:
        gateway.framework.clear_state_data(session, request.args.get("state"))
        return redirect("/?guest")
    token = gateway.authorize_access_token(claims_options={"iss": {"essential": True, "value": settings.issuer}})
    readers.pop(session.pop("reader", ""), None)
    session["reader"] = key = secrets.token_urlsafe()
    readers[key] = Reader(token)
    return redirect("/")


@app.post("/sign-out")
def sign_out() -> Response:
    """Out here first, then out everywhere: the gateway ends the session and sends the browser back."""
    reader = readers.pop(session.pop("reader", ""), None)
    hint = reader.token["id_token"] if reader else None
    return gateway.logout_redirect(f"{settings.origin}/", id_token_hint=hint, client_id=settings.client_id)


@app.errorhandler(OAuthError)
@app.errorhandler(JoseError)
@app.errorhandler(requests.RequestException)
def not_signed_in(error: Exception) -> tuple[str, int]:
    """The gateway said no, or something we must not believe, or nothing: the site itself goes on."""
    app.logger.warning("gateway: %s", error)
    message = "Signing in did not work. You can try again."
    return render_template("help.html", message=message), 503 if isinstance(error, requests.RequestException) else 400

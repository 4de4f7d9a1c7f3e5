"""The shop: a confidential web client with Flask and Authlib (code + PKCE, refresh, sign-out everywhere).

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.shop.app run --port 8001
"""

import secrets
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import requests
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth, OAuthError
from flask import Flask, abort, redirect, render_template, request, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from examples.settings import read_settings

SCOPE = "openid profile email offline_access"
settings = read_settings("shop", neighbor="help")
app = Flask(__name__)
app.config.update(
    SECRET_KEY=secrets.token_hex(),  # a restart forgets local logins; the gateway's session brings them back
    SESSION_COOKIE_NAME="shop",  # cookies ignore ports: every site on this host needs a name of its own
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=settings.origin.startswith("https:"),
)
app.jinja_env.globals["settings"] = settings


@dataclass
class Login:
    """One signed-in visitor. Tokens stay on the server; the browser holds only the key to this."""

    token: dict[str, Any]
    lock: Lock = field(default_factory=Lock)  # refresh tokens are single use: two tabs must not spend the same one


LOGINS: dict[str, Login] = {}  # of this process; a real site would use its session store


def keep_refreshed(token: dict[str, Any], **_: Any) -> None:
    """Authlib calls this when it has used the refresh token."""
    LOGINS[session["login"]].token.update(token)


gateway: FlaskOAuth2App = OAuth(app).register(
    "gateway",
    client_id=settings.client_id,
    client_secret=settings.client_secret,
    server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
    client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": 10},
    update_token=keep_refreshed,
)


@app.get("/")
def home() -> str:
    """Ask the gateway on every view, so that a session ended elsewhere ends here too."""
    login = LOGINS.get(session.get("login", ""))
    if login is None:
        return render_template("shop.html")
    try:
        with login.lock:
            person = gateway.userinfo(token=login.token)
    except (requests.HTTPError, OAuthError) as error:
        if isinstance(error, requests.HTTPError) and error.response.status_code != 401:
            raise
        LOGINS.pop(session.pop("login", ""), None)
        return render_template("shop.html", message="You were signed out.")
    claims = login.token["userinfo"]  # of the ID token, validated at sign-in
    if person["sub"] != claims["sub"]:
        abort(502, "The gateway answered for somebody else.")
    return render_template("shop.html", person=person, claims=claims)


@app.get("/sign-in")
def sign_in() -> Response:
    """Send the browser to the gateway; Authlib adds state, nonce and the PKCE challenge and remembers them."""
    return gateway.authorize_redirect(settings.redirect_uri)


@app.get("/callback")
def callback() -> Response:
    """Back from the gateway: check who answers (RFC 9207), redeem the code, validate the ID token."""
    if request.args.get("iss") != settings.issuer:
        abort(400, "This answer is not from the gateway we asked.")
    token = gateway.authorize_access_token(claims_options={"iss": {"essential": True, "value": settings.issuer}})
    LOGINS.pop(session.pop("login", ""), None)
    session["login"] = secrets.token_urlsafe()
    LOGINS[session["login"]] = Login(token)
    return redirect("/")


@app.post("/sign-out")
def sign_out() -> Response:
    """Forget the login here, then let the gateway end the session for every site (RP-initiated logout)."""
    login = LOGINS.pop(session.pop("login", ""), None)
    hint = login.token["id_token"] if login else None
    return gateway.logout_redirect(f"{settings.origin}/signed-out", id_token_hint=hint, client_id=settings.client_id)


@app.get("/signed-out")
def signed_out() -> str:
    """Where the gateway sends the browser once the session has ended; Authlib checks that we had asked."""
    gateway.validate_logout_response()
    return render_template("shop.html", message="You are signed out, here and everywhere else.")


@app.errorhandler(OAuthError)
@app.errorhandler(JoseError)
@app.errorhandler(requests.RequestException)
def not_signed_in(error: Exception) -> tuple[str, int]:
    """The gateway said no, or something we must not believe, or nothing: the site itself goes on."""
    app.logger.warning("gateway: %s", error)
    message = "Signing in did not work. You can try again."
    return render_template("shop.html", message=message), 503 if isinstance(error, requests.RequestException) else 400

"""What every channel app does the same: a Flask app that is a client of the gateway, and who is signed in to it.

Browser apps call `offer_sign_in()`; apps that get their tokens in another way (a kiosk, a chat) hand them to `admit()`.
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import requests
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth, OAuthError
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, abort, g, redirect, render_template, request, session
from jinja2 import ChoiceLoader, FileSystemLoader
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from examples.logout_token import read_logout_token
from examples.settings import read_settings

SHARED_TEMPLATES = Path(__file__).parent / "templates"
TIMEOUT = 10  # seconds
NOBODY = {"login_required", "interaction_required", "consent_required", "account_selection_required"}

NO_LUCK = "That did not work. You can try again."
OUT_OF_REACH = "That needs a passkey or an authenticator app. You can add one to your account at the gateway."


@dataclass
class Login:
    """Somebody signed in here. Tokens stay on the server; the browser holds only the key to this."""

    token: dict[str, Any]
    lock: Lock = field(default_factory=Lock)  # refresh tokens are single use: two tabs must not spend the same one
    notes: dict[str, Any] = field(default_factory=dict)  # whatever the app wants to remember while it lasts

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of the ID token, validated when it came: `sub`, `sid`, `acr`, `amr`, `auth_time`."""
        return dict(self.token["userinfo"])


class ChannelApp(Flask):
    """A Flask app with its registration (`settings`), its client (`gateway`) and its `logins`."""

    def __init__(self, name: str, import_name: str, *, scope: str) -> None:
        super().__init__(import_name)
        self.settings = read_settings(name)
        self.page = f"{name}.html"
        self.logins: dict[str, Login] = {}  # of this process; a real app would use its session store
        self.config.update(
            MAX_CONTENT_LENGTH=100_000,
            SECRET_KEY=secrets.token_hex(),  # a restart forgets local logins; the gateway's session brings them back
            SESSION_COOKIE_NAME=name,  # cookies ignore ports: every app on this host needs a name of its own
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=self.settings.url.startswith("https:"),
        )
        self.gateway: FlaskOAuth2App = OAuth(self).register(
            "gateway",
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret or None,
            server_metadata_url=f"{self.settings.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": scope, "code_challenge_method": "S256", "default_timeout": TIMEOUT},
            update_token=self._keep_refreshed,
        )
        assert self.jinja_loader is not None
        self.jinja_loader = ChoiceLoader([self.jinja_loader, FileSystemLoader(SHARED_TEMPLATES)])
        self.jinja_env.globals["settings"] = self.settings
        self.post("/backchannel-logout")(self.hear_logout)
        for error in (OAuthError, JoseError, requests.RequestException):
            self.register_error_handler(error, self.go_on)

    # Who is signed in here

    @property
    def login(self) -> Login | None:
        """The login of the browser that asks, or None."""
        return self.logins.get(session.get("login", ""))

    def admit(self, token: dict[str, Any]) -> Login:
        """Let the browser that asks be signed in with these tokens, whose ID token has been validated."""
        self.forget()
        session["login"] = secrets.token_urlsafe()
        login = self.logins[session["login"]] = Login(token)
        return login

    def forget(self) -> Login | None:
        """Sign the browser that asks out here, and here only."""
        return self.logins.pop(session.pop("login", ""), None)

    def ask_person(self) -> dict[str, Any] | None:
        """Who the gateway says is signed in (userinfo), or None.

        Asked on every view, so that a session ended elsewhere ends here too; `g.signed_out` tells that it just did.
        """
        login = self.login
        if login is None:
            return None
        try:
            with login.lock:
                person = self.gateway.userinfo(token=login.token)
        except (requests.HTTPError, OAuthError) as error:  # 401: over; OAuthError: so is the refresh token
            if isinstance(error, requests.HTTPError) and error.response.status_code != 401:
                raise
            self.forget()
            g.signed_out = True
            return None
        if person["sub"] != login.claims["sub"]:
            abort(502, "The gateway answered for somebody else.")
        return dict(person)

    def show(self, message: str = "", **values: Any) -> str:
        """The app's page for whoever is signed in; `message` stands on top."""
        person = values.pop("person", None) or self.ask_person()
        message = message or ("You were signed out." if g.get("signed_out") else "")
        claims = self.login.claims if person and self.login else {}
        return render_template(self.page, person=person, claims=claims, message=message, **values)

    def _keep_refreshed(self, token: dict[str, Any], **_: Any) -> None:
        """Authlib calls this when it has used the refresh token."""
        if login := self.login:
            login.token.update(token)

    # Signing in and out in the browser: code + PKCE, RP-initiated logout

    def offer_sign_in(self, *, goodbye: str, **asked: str) -> None:
        """Add the pages `/sign-in`, `/callback` and `/sign-out`.

        `goodbye` is the registered page to come back to; `asked` is what every sign-in asks for (`acr_values`).
        """
        self.get("/sign-in", defaults=asked)(self.sign_in)
        self.get("/callback")(self.callback)
        self.post("/sign-out", defaults={"goodbye": goodbye})(self.sign_out)

    def sign_in(self, **asked: str) -> Response:
        """Send the browser to the gateway; Authlib adds state, nonce and the PKCE challenge and remembers them.

        An app that opens this site with a session transfer token need not make the customer sign in again.
        """
        if "session_transfer_token" in request.args:
            asked = asked | {"session_transfer_token": request.args["session_transfer_token"]}
        return self.gateway.authorize_redirect(self.settings.redirect_uri, **asked)

    def callback(self) -> Response:
        """Back from the gateway: check who answers (RFC 9207), redeem the code, validate the ID token.

        Then on to where she was going: a page of ours that we noted in `then` before we sent her there.
        """
        if request.args.get("iss") != self.settings.issuer:
            abort(400, "This answer is not from the gateway we asked.")
        if request.args.get("error") in NOBODY:
            self.gateway.framework.clear_state_data(session, request.args.get("state"))
            return redirect("/?guest")
        token = self.gateway.authorize_access_token(claims_options=self._claims_options)
        self.admit(token)
        return redirect(session.pop("then", "/"))

    def sign_out(self, goodbye: str) -> Response:
        """Forget the login here, then let the gateway end the session for every site (RP-initiated logout)."""
        login = self.forget()
        return self.gateway.logout_redirect(
            f"{self.settings.url}{goodbye}",
            id_token_hint=login.token["id_token"] if login else None,
            client_id=self.settings.client_id,
        )

    def hear_logout(self) -> tuple[dict[str, str], int, dict[str, str]]:
        """The gateway says that a session has ended (Back-Channel Logout 1.0): its logins here end at once."""
        uncached = {"Cache-Control": "no-store"}
        try:
            ended = read_logout_token(self.gateway, request.form.get("logout_token", ""))
        except (JoseError, ValueError) as error:
            return {"error": "invalid_request", "error_description": str(error)}, 400, uncached
        for key, login in list(self.logins.items()):
            claims = login.claims
            if claims.get("sid") == ended["sid"] if "sid" in ended else claims["sub"] == ended["sub"]:
                self.logins.pop(key, None)
        return {}, 200, uncached

    # Talking to the gateway without a browser

    @property
    def _claims_options(self) -> dict[str, Any]:
        return {"iss": {"essential": True, "value": self.settings.issuer}}

    def address_of(self, endpoint: str) -> str:
        """An address from the gateway's metadata, for instance of `token_endpoint`."""
        return str(self.gateway.load_server_metadata()[endpoint])

    def fetch_token(self, grant_type: str, **parameters: str) -> dict[str, Any]:
        """Tokens by any grant; an ID token among them is validated, its claims are in `userinfo`.

        Raises OAuthError with the gateway's `error`.
        """
        settings = self.settings
        with OAuth2Session(settings.client_id, settings.client_secret or None, default_timeout=TIMEOUT) as client:
            token: dict[str, Any] = client.fetch_token(
                self.address_of("token_endpoint"), grant_type=grant_type, **parameters
            )
        if "id_token" in token:
            token["userinfo"] = self.gateway.parse_id_token(token, nonce=None, claims_options=self._claims_options)
        return token

    def post_as_client(self, endpoint: str, **parameters: str) -> dict[str, Any]:
        """What an endpoint of the metadata answers to a form that this client sends. Raises OAuthError."""
        settings = self.settings
        answer = requests.post(
            self.address_of(endpoint),
            data=parameters,
            auth=(settings.client_id, settings.client_secret),
            timeout=TIMEOUT,
        )
        return dict(read_answer(answer) or {})

    def call_api(self, method: str, path: str, access_token: str, body: dict[str, Any] | None = None) -> Any:
        """What the gateway's API answers to this bearer of a token. Raises OAuthError."""
        bearer = {"Authorization": f"Bearer {access_token}"}
        address = f"{self.settings.issuer}{path}"
        return read_answer(requests.request(method, address, json=body, headers=bearer, timeout=TIMEOUT))

    def go_on(self, error: Exception) -> tuple[str, int]:
        """The gateway said no, or something we must not believe, or nothing: the app itself goes on."""
        self.logger.warning("gateway: %s", error)
        message = OUT_OF_REACH if getattr(error, "error", "") == "unmet_authentication_requirements" else NO_LUCK
        page = render_template(self.page, person=None, claims={}, message=message)
        return page, 503 if isinstance(error, requests.RequestException) else 400


def read_answer(answer: requests.Response) -> Any:
    """The JSON of an answer, None for an empty one. Raises OAuthError for a refusal, HTTPError for a breakdown."""
    if answer.status_code >= 500 or not answer.content:
        answer.raise_for_status()
        return None
    body = answer.json()
    if answer.ok:
        return body
    raise OAuthError(
        body.get("error") or body.get("code") or "refused", body.get("error_description") or body.get("detail")
    )

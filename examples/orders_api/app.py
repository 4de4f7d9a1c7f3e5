"""The orders API. It checks access tokens by itself (RFC 9068) and asks the gateway whether it may act (AuthZEN 1.0).

Where the answer is a step-up it says what is wanted, and its caller's app sends the customer to prove it (RFC 9470).

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.orders_api.app:api run --port 8010
"""

from typing import Any

from flask import Flask, Response, jsonify, request
from joserfc.errors import JoseError

from examples.orders_api.gateway import Decision, Gateway
from examples.settings import read_settings

api = Flask(__name__)
settings = read_settings("orders_api")
gateway = Gateway(settings)
addresses: dict[str, str] = {}  # of this process, by `sub`; a real API would keep them

DEFAULT_ADDRESS = "12 Mill Lane, Ashford"
NEUTRAL = ["Enamel kettle", "Garden twine"]
PERSONAL = ["Beeswax candles, as last winter", "A second linen apron"]


@api.get("/address")
def read_address() -> Response | tuple[Response, int]:
    """Where orders go."""
    claims, decision = _ask("account.view")
    return _refused(decision) or jsonify(address=_address_of(claims), decision=decision.shown)


@api.put("/address")
def change_address() -> Response | tuple[Response, int]:
    """Let orders go elsewhere: the kind of change that somebody in her name would make first."""
    claims, decision = _ask("contact.update")
    if refused := _refused(decision):
        return refused
    addresses[claims["sub"]] = str(request.get_json()["address"])[:200]
    gateway.report(decision, "done")
    return jsonify(address=_address_of(claims), decision=decision.shown)


@api.get("/offers")
def list_offers() -> Response | tuple[Response, int]:
    """What might please her; without her yes, what would please anybody, and no word about it."""
    _, decision = _ask("offer.personalize")
    if decision.outcome not in ("permit", "suppress"):
        return jsonify(offers=NEUTRAL, decision=decision.shown)
    return jsonify(offers=PERSONAL if decision.outcome == "permit" else NEUTRAL, decision=decision.shown)


def _ask(action: str) -> tuple[dict[str, Any], Decision]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise ValueError("There is no access token.")
    claims = gateway.read_access_token(token)
    return claims, gateway.ask(claims, action)


def _refused(decision: Decision) -> tuple[Response, int] | None:
    """None where it may be done. A step-up is a challenge, everything else is no, with the gateway's reasons."""
    if decision.outcome == "permit":
        return None
    body = jsonify(error="insufficient_user_authentication", decision=decision.shown)
    if decision.outcome != "step_up":
        return jsonify(error="access_denied", decision=decision.shown), 403
    body.headers["WWW-Authenticate"] = "Bearer " + ", ".join(
        f'{name}="{value}"' for name, value in {"error": "insufficient_user_authentication", **decision.wanted}.items()
    )
    return body, 401


def _address_of(claims: dict[str, Any]) -> str:
    return addresses.get(claims["sub"], DEFAULT_ADDRESS)


@api.errorhandler(JoseError)
@api.errorhandler(ValueError)
def bad_token(error: Exception) -> tuple[Response, int, dict[str, str]]:
    """A token that is missing, or not one for us."""
    return jsonify(error="invalid_token", detail=str(error)), 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}

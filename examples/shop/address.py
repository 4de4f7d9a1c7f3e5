"""Changing the delivery address: the orders API may want more proof first, and the shop fetches it (RFC 9470)."""

import re
from typing import Any, cast

import requests
from flask import Blueprint, current_app, redirect, render_template, request, session
from werkzeug.wrappers import Response

from examples.channel_app import TIMEOUT, ChannelApp

pages = Blueprint("address", __name__)
_WANTED = re.compile(r'(acr_values|max_age)="([^"]*)"')


@pages.get("/address")
def show() -> str | Response:
    """Where orders go, what else might please her, and for the curious what was decided about each."""
    if _shop().ask_person() is None:
        return redirect("/sign-in")
    return _page(_call("GET", "/address"), _call("GET", "/offers"))


@pages.post("/address")
def change() -> str | Response:
    """Let the API change it. Where that wants more proof, the same is tried again when she comes back with it."""
    return _change(request.form.get("address", "").strip()[:200])


@pages.get("/address/again")
def change_again() -> str | Response:
    """Back from the gateway: the change she asked for before, once; nothing in this address can make one."""
    address = session.pop("address", None)
    return _change(address) if address else redirect("/address")


def _change(address: str) -> str | Response:
    if _shop().ask_person() is None or not address:
        return redirect("/address")
    answer = _call("PUT", "/address", address)
    if answer.status_code == 401 and (wanted := _read_challenge(answer)):
        session["address"], session["then"] = address, "/address/again"
        return _shop().gateway.authorize_redirect(_shop().settings.redirect_uri, **wanted)
    said = "Your next order goes there." if answer.ok else "That can't be changed here right now."
    return _page(answer, said=said) if answer.ok else _page(_call("GET", "/address"), answer, said=said)


def _page(*answers: requests.Response, said: str = "") -> str:
    """What the API answered, put together on one page."""
    found: dict[str, Any] = {}
    for answer in answers:
        found = answer.json() | found
    decisions = [decision for answer in answers if (decision := answer.json().get("decision"))]
    return render_template("shop_address.html", message=said, decisions=decisions, **_shown(found))


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {"address": found.get("address", ""), "offers": found.get("offers", [])}


def _read_challenge(answer: requests.Response) -> dict[str, str]:
    """What would be enough, where the challenge says so; an expired token is another matter."""
    challenge = answer.headers.get("WWW-Authenticate", "")
    return dict(_WANTED.findall(challenge)) if "insufficient_user_authentication" in challenge else {}


def _call(method: str, path: str, address: str = "") -> requests.Response:
    """What the orders API answers to her access token, which `ask_person` has renewed if it had run out."""
    shop = _shop()
    assert shop.login is not None
    return requests.request(
        method,
        f"{shop.settings.neighbors['orders_api']}{path}",
        json={"address": address} if address else None,
        headers={"Authorization": f"Bearer {shop.login.token['access_token']}"},
        timeout=TIMEOUT,
    )


def _shop() -> ChannelApp:
    return cast(ChannelApp, current_app)

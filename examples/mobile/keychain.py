"""What the apps of one vendor share on one phone. A phone has a keychain for it; here a cookie says which phone."""

import secrets
from typing import Any

from flask import Response, request

from examples.channel_app import Login

_COOKIE = "phone"
_phones: dict[str, tuple[dict[str, Login], str]] = {}


def keep(page: Response, logins: dict[str, Login], key: str) -> None:
    """Put the login under this key, its ID token and device secret, into this phone's keychain while it lasts."""
    phone = request.cookies.get(_COOKIE, "")
    if phone not in _phones:
        phone = secrets.token_urlsafe()
        page.set_cookie(_COOKIE, phone, httponly=True, samesite="Lax", secure=request.is_secure)
    _phones[phone] = logins, key


def find() -> dict[str, Any] | None:
    """The tokens in this phone's keychain, or None: they go when the login does that they came with."""
    logins, key = _phones.get(request.cookies.get(_COOKIE, ""), ({}, ""))
    login = logins.get(key)
    return login.token if login else None

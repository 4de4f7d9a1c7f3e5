"""What the apps of one vendor share on one phone. A phone has a keychain for it; here a cookie says which phone."""

import secrets
from typing import Any

from flask import Response, request

_COOKIE = "phone"
_secrets: dict[str, dict[str, str]] = {}


def keep(page: Response, token: dict[str, Any]) -> None:
    """Put ID token and device secret into this phone's keychain."""
    phone = request.cookies.get(_COOKIE, "")
    if phone not in _secrets:
        phone = secrets.token_urlsafe()
        page.set_cookie(_COOKIE, phone, httponly=True, samesite="Lax", secure=request.is_secure)
    _secrets[phone] = {"id_token": token["id_token"], "device_secret": token["device_secret"]}


def find() -> dict[str, str] | None:
    """What this phone's keychain holds, or None."""
    return _secrets.get(request.cookies.get(_COOKIE, ""))

"""What the tests of this folder ask of an answer."""

from typing import Any


def refusal(response: Any) -> tuple[int, str]:
    """Status and error of a refusal in the form of RFC 6749 section 5.2."""
    body = response.json()
    assert set(body) == {"error", "error_description"}, body
    assert "no-store" in response["Cache-Control"]
    return response.status_code, body["error"]

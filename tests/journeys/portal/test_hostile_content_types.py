"""A request that names a charset is answered by us, never by an error of the codec."""

from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from config.wsgi import application
from tests.actors import make_channel

pytestmark = pytest.mark.django_db


def status_of(content_type: str, body: bytes = b"login=ana") -> int:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/accounts/login/",
        "QUERY_STRING": "next=%41",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
    }
    setup_testing_defaults(environ)
    environ |= {"HTTP_HOST": "localhost", "wsgi.input": BytesIO(body)}
    seen: list[str] = []
    b"".join(application(environ, lambda status, headers: seen.append(status)))
    return int(seen[0].split()[0])


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; charset=hex",
        "text/plain; charset=utf-16",
        "multipart/form-data; boundary=x; charset=unicode_escape",
        "text/plain; charset*=nonsense''x",
        "text/plain; charset=\x00",
    ],
)
def test_a_charset_other_than_utf8_is_400(content_type: str) -> None:
    assert status_of(content_type) == 400


@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", "; charset=us-ascii", "; charset=no-such-thing"])
def test_utf8_and_charsets_that_do_not_exist_reach_the_page(charset: str, call: Any) -> None:
    make_channel(call)
    assert status_of(f"text/plain{charset}") == 403, "the form's token is missing"

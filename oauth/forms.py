"""Reading the form of an OAuth endpoint: each parameter once, no NUL, sane length, real UTF-8."""

from urllib.parse import parse_qsl

from django.http import HttpRequest

from oauth.errors import InvalidRequest
from oauth.types import Parameters

MAX_BODY = 64 * 1024
MAX_VALUE = 8 * 1024
MAX_NAME = 256
REPEATABLE = "resource"  # RFC 8707


def require(form: Parameters, name: str) -> str:
    """The value of a parameter; raises InvalidRequest when absent."""
    if not (value := form.get(name)):
        raise InvalidRequest(f"{name} is missing.")
    return value


def read_form(request: HttpRequest) -> Parameters:
    """The body of a POST in `application/x-www-form-urlencoded`; raises InvalidRequest for anything else."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise InvalidRequest("Send the parameters as application/x-www-form-urlencoded.")
    return read_parameters(request.body)


def read_query(request: HttpRequest) -> Parameters:
    """The query of a request; raises InvalidRequest for anything malformed."""
    return read_parameters(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))


def read_parameters(encoded: bytes) -> Parameters:
    """Parse urlencoded bytes strictly."""
    if len(encoded) > MAX_BODY:
        raise InvalidRequest("The request is too long.")
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=100
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidRequest("The parameters are not valid UTF-8 in form encoding.") from error
    values: dict[str, str] = {}
    resource: list[str] = []
    for name, value in pairs:
        if "\x00" in name + value or len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise InvalidRequest("A parameter holds a NUL character or is too long.")
        if name == REPEATABLE:
            resource += [value] if value else []
        elif name in values:
            raise InvalidRequest("A parameter is repeated.")
        else:
            values[name] = value
    return Parameters({name: value for name, value in values.items() if value}, tuple(resource))

"""What receivers say of their streams (SSF 1.0 section 8.1), and when they fetch (RFC 8936): read strictly, written."""

import re
from collections.abc import Mapping
from typing import Any

from kit.refusal import MalformedInput
from sync.rules.security_events import EVENTS_SUPPORTED
from sync.types import Method, PollAsk, Standing, StreamDraft, StreamState, StreamStatus

MOST_SETS = 100
LEAST_VERIFICATION_SECONDS = 5
_MOST_EVENTS, _LONGEST_EVENTS = 50, 2000
_MOST_ACKS = 10_000
_LONGEST_STATE = 1000
_BROKEN = re.compile("[\x00\ud800-\udfff]")  # what no database keeps as text
_OWN = ("iss", "aud", "events_supported", "events_delivered", "min_verification_interval")
_STATUSES = {
    Standing.ACTIVE: StreamStatus.ENABLED,
    Standing.PAUSED: StreamStatus.PAUSED,
    Standing.DISABLED: StreamStatus.DISABLED,
}


def status_of(standing: Standing) -> StreamStatus:
    """What a connected system's standing is called on the wire."""
    return _STATUSES[standing]


# --- Configuration --------------------------------------------------------------------------------------------


def read_stream(body: Mapping[str, Any], *, present: StreamDraft | None = None) -> StreamDraft:
    """What a receiver wants its stream to be; what it does not say stays as it is in `present`, or is left out.

    Without `delivery` a stream is fetched (section 8.1.1.1). Raises MalformedInput.
    """
    before = present or StreamDraft(method=Method.POLL)
    method, endpoint, authorization = before.method, before.endpoint, None if present else ""
    if "delivery" in body:
        method, endpoint, authorization = _read_delivery(body["delivery"], present)
    return StreamDraft(
        method=method,
        endpoint=endpoint,
        events=_read_events(body["events_requested"]) if "events_requested" in body else before.events,
        description=_read_description(body["description"]) if "description" in body else before.description,
        authorization=authorization,
    )


def check_own(body: Mapping[str, Any], present: Mapping[str, Any]) -> None:
    """Raises MalformedInput where a receiver says something else than we do of what is ours (section 8.1.1.3)."""
    for name in _OWN:
        if name in body and _plain(body[name]) != _plain(present.get(name)):
            raise MalformedInput(f"{name} is the transmitter's to say.")


def write_stream(state: StreamState, *, issuer: str, poll_url: str) -> dict[str, Any]:
    """A stream's configuration as its receiver reads it (section 8.1.1); never the header that we authorize with."""
    draft = state.draft
    endpoint = poll_url if draft.method is Method.POLL else draft.endpoint
    said = {
        "stream_id": state.stream_id,
        "iss": issuer,
        "aud": state.audience,
        "events_supported": list(EVENTS_SUPPORTED),
        "events_requested": list(draft.events) if draft.events is not None else list(EVENTS_SUPPORTED),
        "events_delivered": list(state.events_delivered),
        "delivery": {"method": draft.method.value, "endpoint_url": endpoint},
        "min_verification_interval": LEAST_VERIFICATION_SECONDS,
    }
    return said | ({"description": draft.description} if draft.description else {})


def _read_delivery(value: object, present: StreamDraft | None) -> tuple[Method, str, str | None]:
    said = value.get("method") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(said, str) or said not in set(Method):
        raise MalformedInput(f"delivery.method is one of {', '.join(Method)}.")
    method = Method(said)
    if method is Method.POLL:
        return method, "", ""
    endpoint = value.get("endpoint_url")
    if not isinstance(endpoint, str) or not endpoint:
        raise MalformedInput("delivery.endpoint_url is where events are pushed to.")
    if "authorization_header" not in value:
        return method, endpoint, None if present and present.endpoint == endpoint else ""
    header = value["authorization_header"]
    if header is not None and not isinstance(header, str):
        raise MalformedInput("delivery.authorization_header is a text.")
    return method, endpoint, header or ""


def _read_events(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) and _is_word(each) for each in value):
        raise MalformedInput("events_requested is a list of event types.")
    if len(value) > _MOST_EVENTS or sum(map(len, value)) + len(value) > _LONGEST_EVENTS:
        raise MalformedInput("events_requested is too long.")
    return tuple(dict.fromkeys(value))


def _read_description(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 200 or not value.isprintable():
        raise MalformedInput("description is one line of at most 200 characters.")
    return value


def _is_word(text: str) -> bool:
    return text.isprintable() and text.isascii() and bool(text) and " " not in text


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


# --- Asking about one -----------------------------------------------------------------------------------------


def read_stream_id(body: Mapping[str, Any]) -> str:
    """Which stream is meant. Raises MalformedInput."""
    value = body.get("stream_id")
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable():
        raise MalformedInput("stream_id says which stream.")
    return value


def read_status(body: Mapping[str, Any]) -> tuple[StreamStatus, str]:
    """The status that a receiver wants, and why (section 8.1.2.2). Raises MalformedInput."""
    status, reason = body.get("status"), body.get("reason", "")
    if not isinstance(status, str) or status not in set(StreamStatus):
        raise MalformedInput(f"status is one of {', '.join(StreamStatus)}.")
    if reason is not None and (not isinstance(reason, str) or len(reason) > 1000):
        raise MalformedInput("reason is a short text.")
    return StreamStatus(status), reason or ""


def read_state(body: Mapping[str, Any]) -> str | None:
    """What a receiver wants to see again in a verification (section 8.1.4.2). Raises MalformedInput."""
    state = body.get("state")
    if state is not None and (not isinstance(state, str) or len(state) > _LONGEST_STATE or _BROKEN.search(state)):
        raise MalformedInput(f"state is a text of at most {_LONGEST_STATE} characters.")
    return state


# --- Fetching -------------------------------------------------------------------------------------------------


def read_poll(body: Mapping[str, Any]) -> PollAsk:
    """What a receiver asks for (RFC 8936 section 2.2). Raises MalformedInput."""
    most, at_once = body.get("maxEvents"), body.get("returnImmediately", False)
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
        raise MalformedInput("maxEvents is a whole number, 0 or more.")
    if not isinstance(at_once, bool):
        raise MalformedInput("returnImmediately is true or false.")
    taken, errors = body.get("ack", []), body.get("setErrs", {})
    if not isinstance(taken, list) or not all(isinstance(each, str) for each in taken):
        raise MalformedInput("ack is a list of jti.")
    if not isinstance(errors, dict) or not all(isinstance(each, dict) for each in errors.values()):
        raise MalformedInput("setErrs holds an error by jti.")
    if len(taken) + len(errors) > _MOST_ACKS:
        raise MalformedInput(f"At most {_MOST_ACKS} tokens are acknowledged at once.")
    codes = {jti: _read_code(each.get("err")) for jti, each in errors.items()}
    return PollAsk(most=most, at_once=at_once, taken=tuple(taken), errors=codes)


def _read_code(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedInput("An error has a code, `err`.")
    return value


_CODES = frozenset(
    {"invalid_request", "invalid_key", "invalid_issuer", "invalid_audience", "authentication_failed", "access_denied"}
)


def name_fault(code: object) -> str:
    """How a receiver's error code is kept: as it is where RFC 8935 section 2.4 knows it, else without its words."""
    return f"set_{code}" if isinstance(code, str) and code in _CODES else "set_refused"

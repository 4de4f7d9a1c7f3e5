"""Connected systems and deliveries in an operator's words."""

_TRANSPORTS = {
    "backchannel_logout": "Back-channel logout",
    "webhook": "Signed webhook",
    "ssf_push": "Shared Signals, pushed",
    "ssf_poll": "Shared Signals, fetched",
    "scim": "SCIM 2.0",
}


def name_transport(transport: str) -> str:
    """A way for news to leave, in words."""
    return _TRANSPORTS.get(transport, transport)


_OPTIONS = {
    "audience": "Audience",
    "canary": "Canary",
    "client_id": "Its client",
    "description": "Description",
    "digest_url": "Digest address",
    "events": "Events it wants",
    "missing": "Who is missing there",
    "on_drift": "What differs there",
    "subject": "Customers are named by",
    "subjects": "Customers it hears of",
}


def name_option(name: str) -> str:
    """A setting that a kind of system has a use for, in words."""
    return _OPTIONS.get(name, name.replace("_", " ").capitalize())


def name_seconds(value: float | None) -> str:
    """A measured length of time as a table shows it; a dash for none."""
    if value is None:
        return "–"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    for unit, length, until in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if value < until:
            return f"{value / length:.1f} {unit}" if length == 1 else f"{value / length:.0f} {unit}"
    return f"{value / 86_400:.0f} days"


def name_duration(seconds: float) -> str:
    """A length of time that somebody chose, as it stands in a sentence: `15 minutes`."""
    whole = round(seconds)
    units = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
    unit, length = next((each for each in units if whole and whole % each[1] == 0), units[-1])
    count = whole // length
    return f"{count} {unit}{'' if count == 1 else 's'}"


_DELIVERY_ERRORS = {
    "gone": "It answered 410: it wants nothing more. Ask its owner, then resume it.",
    "switched_off": "It was switched off while this waited.",
    "client_off": "Its client or the client's channel is switched off.",
    "by_receiver": "Its own receiver stopped it.",
    "put_in_line": "A verification event lies ready. The system counts as verified when it fetches and confirms it.",
    "is_fetched": "It fetches its news itself, so nothing is sent to it.",
    "may_not_be_told": "What it would say may not be told to this system any more.",
    "not_fetched": "The system does not fetch what lies ready for it.",
    "never_fetched": "The system did not fetch it in a week.",
    "set_refused": "The receiver refused the token (400), without a code of RFC 8935.",
    "set_invalid_request": "The receiver could not read the token.",
    "set_invalid_key": "The receiver does not know our key. Does it read our keys anew?",
    "set_invalid_issuer": "The receiver does not expect our issuer.",
    "set_invalid_audience": "The receiver takes the token for somebody else's. Check the audience.",
    "set_authentication_failed": "The receiver could not verify the signature, or wants another Authorization header.",
    "set_access_denied": "The receiver does not take events from us.",
    "no_connection": "It is not connected any more.",
    "by_operator": "An operator paused it.",
    "refused": "The app refused the logout token (400). Does it know our address and keys?",
    "redirects": "Its address redirects. Register the address it leads to.",
    "no_answer": "Nobody answered in time.",
    "address_not_allowed": "The address is not a public https address.",
    "no_address": "The app is switched off, or has no back-channel address any more.",
    "no_identity": "It does not know this customer. Bring her there, then try again; or let it create who is missing.",
    "two_identities": "It has two for one customer. Its owner must say which one is hers.",
    "not_applied": "It said that it is done, and it is not: read back, the values are others.",
    "differs": "It holds other values than it was told.",
    "changed_meanwhile": "Somebody else changed it at the same time, twice.",
    "filter_not_understood": "It does not answer a filter by externalId, so nobody can be found there.",
    "unreadable": "It answered, but not in the form that was agreed, so what it holds cannot be read.",
    "cannot_be_addressed": "Finding out whom to tell broke down, which the log tells more of. Trying again asks anew.",
    "cannot_be_made": "What it is to be told could not be put together. The log tells more.",
    "transport_broke": "Sending broke down on our side. The log tells more.",
}
_STATUSES = {
    "401": "It answered 401: it does not take our signature or token. Does it have the right secret?",
    "403": "It answered 403: it does not let us in.",
    "404": "It answered 404: there is nothing at this address. Check it.",
    "405": "It answered 405: nothing can be sent to this address. Check it.",
    "429": "It answered 429: it has too much to do. It is told more slowly.",
}


def name_delivery_error(code: str) -> str:
    """What keeps a receiver from confirming, and what can be done about it."""
    if code.startswith("status_"):
        status = code.removeprefix("status_")
        return _STATUSES.get(status, f"It answered {status}.")
    return _DELIVERY_ERRORS.get(code, code)

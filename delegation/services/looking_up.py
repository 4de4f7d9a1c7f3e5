"""Staff ask who a customer is and what she proved."""

from accounts.queries import find_account, find_account_by_email
from accounts.types import Kind
from audit import journal
from consent.queries import release
from delegation import conf, rules
from delegation.errors import TooManyLookups
from delegation.events import CUSTOMER_LOOKED_UP
from delegation.services.staff import require_staff
from delegation.types import Customer
from kit import throttle
from kit.call import CallContext
from kit.refusal import MalformedInput
from kit.unit_of_work import deed
from sessions_hub.queries import find_verification


@deed
def look_up_customer(*, login_hint: str, channel: str, call: CallContext) -> Customer | None:
    """The customer whose e-mail address or subject this is, with what this channel takes her as verified by.

    None for somebody unknown, stopped, or of the house, with no difference between them; the journal tells who asked
    for whom either way. Her name is left out where the client's purpose does not need it. Raises MalformedInput,
    TooManyLookups, and what `require_staff` raises.
    """
    actor = require_staff(channel=channel, call=call)
    if fault := rules.fault_in_hint(login_hint):
        raise MalformedInput(fault)
    wait = throttle.count("lookups", actor, limit=conf.lookup_limit(), seconds=60, now=call.now.timestamp())
    if wait:
        raise TooManyLookups(retry_after=wait)
    hint = login_hint.strip()
    account = find_account_by_email(hint) if "@" in hint else find_account(hint)

    found = account is not None and account.is_active and account.kind == Kind.CUSTOMER
    journal.record(
        CUSTOMER_LOOKED_UP,
        call=call,
        subject=account.sub if account else "",
        channel=channel,
        payload={"found": found, "by": "email" if "@" in hint else "subject"},
    )
    if account is None or not found:
        return None
    verification = find_verification(subject=account.sub, channel=channel, now=call.now)
    told = release(
        {"name": account.name}, purpose=call.caller.purpose, party=account.sub, channel=channel, now=call.now
    )
    return Customer(subject=account.sub, name=told.get("name", ""), verification=verification)

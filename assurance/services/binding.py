"""A sign-in says whose device this is: what was refused on it is refused to her."""

from accounts.queries import find_account
from accounts.types import Kind
from consent.services import bind_device as link_in_consent
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def bind_device(*, device: str, subject: str, call: CallContext) -> bool:
    """Link a device to the customer who goes on there, in the registry of consent; False where that was known.

    Refusals travel over it at once, permissions never; what she chooses stays hers and reaches nobody else who uses
    the device. Operators are no customers: nothing is linked to them.
    """
    account = find_account(subject)
    if account is None or account.kind != Kind.CUSTOMER:
        return False
    return link_in_consent(device=device, account=subject, call=call)

"""What nobody needs any more: accounts that were begun and never finished."""

from datetime import timedelta

from accounts.models import Account
from accounts.queries import list_unverified
from accounts.services.lifecycle import erase_account
from kit.call import CallContext
from kit.unit_of_work import deed

NEVER_VERIFIED = "never_verified"


@deed
def clear_unverified_account(*, sub: str, older_than: timedelta, call: CallContext) -> bool:
    """Erase an account that is older than `older_than` and whose owner never proved anything; False if she did.

    Nobody has ever been in it, so it holds nothing but an address that somebody typed.
    """
    Account.objects.lock(sub)  # who verifies at this moment is waited for
    if sub not in list_unverified(before=call.now - older_than, among=[sub]):
        return False
    erase_account(sub=sub, reason=NEVER_VERIFIED, call=call)
    return True

"""How often somebody may try to prove to be an account: one budget for all ways of proving, counted by failures.

A try is counted before it is judged and given back when it was right, so tries that run side by side cannot slip
through, and a success of one's own washes nothing away.

* A *known device*, one on which this account has signed in before, has a budget of its own. Nobody else can use it up,
  so nobody can lock an account's owner out of the browser she always uses.
* A *stranger's* tries count by account and network, by account over all networks, and by network over all accounts.
* Second steps (a code of an app, a recovery code, a passkey beside a password) have a daily budget beside these: six
  digits can be guessed, and only somebody who passed the first step can use that budget up.

An address without an account is counted like an account of that address, so that the answers are the same.
"""

import unicodedata

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest

from accounts.flows.tries import count_try
from accounts.models import Account
from accounts.queries import find_account_by_email
from accounts.services import record_failed_proof
from kit.call import ANONYMOUS, Caller
from kit.http import call_from


def begin_try(
    request: HttpRequest, *, account: Account | None = None, alias: str = "", second_step: bool = False
) -> RateLimitUsage | None:
    """Count one try to prove to be `account`, or whoever `alias` is; None when there have been too many.

    Call `rollback()` of the answer when the proof was right.
    """
    if account is None and alias:
        account = find_account_by_email(alias)
    whose = f"account:{account.sub}" if account else f"alias:{_normal(alias)}" if alias else ""
    caller: Caller = getattr(request, "caller", ANONYMOUS)
    device = caller.known_device(account.sub) if account else None
    return count_try(whose=whose, device=device, network=ratelimit.get_ip(request), second_step=second_step)


def note_failure(request: HttpRequest, *, account: Account | None = None, alias: str = "") -> None:
    """Write down that a try was wrong: for nobody's name as for somebody's, so that both take as long."""
    if account is None and alias:
        account = find_account_by_email(alias)
    record_failed_proof(subject=account.sub if account else "", call=call_from(request))


def _normal(alias: str) -> str:
    return unicodedata.normalize("NFKC", alias).casefold().strip()

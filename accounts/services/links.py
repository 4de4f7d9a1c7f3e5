"""Which person at a provider upstream opens which account. allauth's SocialAccount is the truth; it is keyed by
(provider, sub), and a provider is one issuer for ever.

Locks: the provider, then the account.
"""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts import events, rules
from accounts.errors import AccountErased, EmailTaken, LinkTaken, NoWayLeft, ProviderUnavailable
from accounts.models import Account
from accounts.queries import can_lose_link, is_proven_by_another
from accounts.services.identifiers import keep_in_step, release_unverified_claims
from accounts.services.providers import hold_providers
from accounts.types import Provenance, Status, UpstreamIdentity
from audit import journal
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import deed


@deed
def sign_up_through_provider(*, identity: UpstreamIdentity, email: str, name: str, call: CallContext) -> Account:
    """Make an account for somebody whom a provider signed in and nobody knows yet. It has no password.

    Where the provider says that `email` is hers and verified, so it is here: claims of others end, and the link is
    made. Otherwise the address is a claim, and no link is made before it was proved: see `add_link`. Raises
    EmailTaken, also for a claim that meets another claim, LinkTaken, ProviderUnavailable.
    """
    _hold(identity.provider, call)
    email, verified = email.lower(), identity.email_verified and email.lower() == identity.email
    account = Account(name=rules.tidy_name(name), created_at=call.now)
    account.set_unusable_password()
    account.save()
    if is_proven_by_another(email, account=account):
        raise EmailTaken
    if verified:
        release_unverified_claims(account=account, email=email, call=call)
    elif EmailAddress.objects.filter(email=email).exists() or Account.objects.with_email(email).exists():
        raise EmailTaken
    account.email = email
    account.save(update_fields=["email"])
    EmailAddress.objects.create(user=account, email=email, primary=True, verified=verified)

    journal.record(events.ACCOUNT_CREATED, call=call, subject=account.sub, payload={"kind": account.kind})
    keep_in_step(account=account, email=email, provenance=Provenance.UPSTREAM, call=call)
    if verified:
        add_link(account=account, provider=identity.provider, subject=identity.subject, call=call)
    return account


@deed
def add_link(*, account: Account, provider: str, subject: str, call: CallContext) -> bool:
    """Let this person at a provider open the account; False when she does already.

    Who may ask for it is judged at the door: the account's owner has just proved to be it, or has just been made.
    Raises ProviderUnavailable, LinkTaken, AccountErased.
    """
    _hold(provider, call)
    if Account.objects.lock(account.sub).status == Status.ERASED:
        raise AccountErased
    known = SocialAccount.objects.filter(provider=provider, uid=subject).first()
    if known is not None and known.user_id == account.pk:
        return False
    if known is not None or SocialAccount.objects.filter(provider=provider, user=account).exists():
        raise LinkTaken

    SocialAccount.objects.create(user=account, provider=provider, uid=subject, extra_data={})

    journal.record(events.LINK_ADDED, call=call, subject=account.sub, payload={"provider": provider})
    return True


@deed
def remove_link(*, account: Account, provider: str, call: CallContext) -> None:
    """Take a provider off the account, unless nothing else opens it. Raises NotFound, NoWayLeft."""
    locked = Account.objects.lock(account.sub)
    link = SocialAccount.objects.filter(provider=provider, user=locked).first()
    if link is None:
        raise NotFound
    if not can_lose_link(locked, provider=provider):
        raise NoWayLeft

    link.delete()

    journal.record(events.LINK_REMOVED, call=call, subject=account.sub, payload={"provider": provider})


def _hold(provider: str, call: CallContext) -> None:
    if provider not in hold_providers(slugs=[provider], call=call):
        raise ProviderUnavailable

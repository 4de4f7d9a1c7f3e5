"""What operators do with providers that people sign in through, and what a sign-in must be able to rely on."""

from collections.abc import Collection

from accounts import conf, events, rules
from accounts.errors import ProviderExists, ProviderInvalid
from accounts.models import UpstreamProvider
from accounts.types import ProviderDraft
from audit import journal
from audit.types import EventType
from kit import crypto
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import deed


@deed
def create_provider(*, slug: str, issuer: str, draft: ProviderDraft, call: CallContext) -> UpstreamProvider:
    """Write down a provider, switched off. Short name and issuer stay for ever: links mean (issuer, sub).

    Raises ProviderInvalid, ProviderExists.
    """
    _refuse(slug, issuer, draft)
    taken = UpstreamProvider.objects.filter(slug=slug) | UpstreamProvider.objects.filter(issuer=issuer)
    if taken.exists():
        raise ProviderExists

    row = UpstreamProvider(slug=slug, issuer=issuer, created_at=call.now, changed_at=call.now)
    _fill(row, draft)
    row.save()

    _tell(events.PROVIDER_CREATED, row, call, issuer=issuer)
    return row


@deed
def change_provider(*, slug: str, draft: ProviderDraft, call: CallContext) -> bool:
    """Make a provider as the draft says; False when it is. Raises NotFound, ProviderInvalid."""
    row = _lock(slug)
    _refuse(slug, row.issuer, draft)
    before = {name: getattr(row, name) for name in ("name", "client_id", "scopes", "channels")}

    _fill(row, draft)
    changed = sorted(name for name, value in before.items() if getattr(row, name) != value)
    changed += ["client_secret"] if draft.client_secret is not None else []
    if not changed:
        return False
    row.changed_at = call.now
    row.save()

    _tell(events.PROVIDER_CHANGED, row, call, fields=changed)
    return True


@deed
def enable_provider(*, slug: str, call: CallContext) -> bool:
    """Let people sign in through a provider; False when they could already. Raises NotFound."""
    return _switch(slug, True, events.PROVIDER_ENABLED, call)


@deed
def disable_provider(*, slug: str, call: CallContext) -> bool:
    """Shut a provider out: what rests on it ends in the same deed. False when it was off already. Raises NotFound."""
    return _switch(slug, False, events.PROVIDER_DISABLED, call)


@deed
def hold_providers(*, slugs: Collection[str], call: CallContext) -> frozenset[str]:  # noqa: ARG001  every deed takes its call
    """Which of these providers are on, and stay so until the commit.

    Whoever is about to rest something on a provider takes this lock before any other: switching one off takes it
    first as well, so it either waits and finds what was made meanwhile, or is seen here.
    """
    rows = UpstreamProvider.objects.filter(slug__in=slugs).select_for_update(no_key=True).order_by("slug")
    return frozenset(row.slug for row in rows if row.enabled)


def _refuse(slug: str, issuer: str, draft: ProviderDraft) -> None:
    if fault := rules.fault_in_provider(slug, issuer, draft, loopback=conf.may_fetch_loopback()):
        raise ProviderInvalid(fault[1])


def _fill(row: UpstreamProvider, draft: ProviderDraft) -> None:
    row.name, row.client_id = draft.name, draft.client_id
    row.scopes, row.channels = " ".join(draft.scopes), sorted(set(draft.channels))
    if draft.client_secret is not None:
        secret = draft.client_secret.encode()
        row.client_secret = crypto.wrap(secret, context=conf.provider_secret_context(row.slug)) if secret else b""


def _switch(slug: str, enabled: bool, event: EventType, call: CallContext) -> bool:
    row = _lock(slug)
    if row.enabled == enabled:
        return False
    row.enabled, row.changed_at = enabled, call.now
    row.save(update_fields=["enabled", "changed_at"])
    _tell(event, row, call)
    return True


def _lock(slug: str) -> UpstreamProvider:
    row = UpstreamProvider.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if row is None:
        raise NotFound("There is no such provider.")
    return row


def _tell(event: EventType, row: UpstreamProvider, call: CallContext, **payload: object) -> None:
    journal.record(event, call=call, payload={"provider": row.slug, **payload})

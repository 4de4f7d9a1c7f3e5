"""Secrets of this room at rest, wrapped anew after KEY_ENCRYPTION_KEY was replaced."""

from allauth.mfa.models import Authenticator

from accounts import conf
from accounts.models import EmailChange, UpstreamProvider
from kit import crypto
from kit.call import CallContext
from kit.rewrapping import Rewrapped, renewed_fields, rewrap_rows
from kit.unit_of_work import deed


@deed
def rewrap_authenticators(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap secrets of apps and recovery codes anew that a previous key wrapped, the next few from an id on."""
    return rewrap_rows(Authenticator.objects.all(), _renewed_data, after=after)


@deed
def rewrap_provider_secrets(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap our secrets at providers upstream anew that a previous key wrapped, the next few from an id on."""
    return rewrap_rows(
        UpstreamProvider.objects.all(),
        lambda row: renewed_fields({"client_secret": conf.provider_secret_context(row.slug)}, row),
        after=after,
    )


@deed
def rewrap_email_changes(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap the addresses of changes that can be undone anew, the next few from an id on."""
    return rewrap_rows(
        EmailChange.objects.all(),
        lambda row: renewed_fields({"addresses": conf.EMAIL_CHANGE_CONTEXT}, row),
        after=after,
    )


def _renewed_data(row: Authenticator) -> dict[str, object]:
    """The library keeps what it encrypts as texts in one JSON value, beside what is no secret."""
    renewed = {
        name: crypto.rewrap_text(text, context=conf.MFA_CONTEXT)
        for name in ("secret", "seed")
        if (text := row.data.get(name))
    }
    changed = {name: text for name, text in renewed.items() if text is not None}
    return {"data": row.data | changed} if changed else {}

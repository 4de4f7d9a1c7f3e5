"""What is done with signing keys: making, rotating, removing. Signing and verifying write nothing: see `queries`."""

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction

from audit import journal
from audit.types import EventType
from keyring import events, queries, rules
from keyring.models import SigningKey
from keyring.types import ALG, PublicKey
from kit import crypto
from kit.call import CallContext
from kit.rewrapping import Rewrapped, renewed_fields, rewrap_rows
from kit.unit_of_work import deed


@deed
def ensure_signing_key(*, call: CallContext) -> PublicKey:
    """Make sure that there is one active and one next key, and answer the active one.

    Safe when several processes start at once: the database lets one key of each kind in and the rest take that one.
    Raises SigningKeyUnreadable when KEY_ENCRYPTION_KEY does not open the active key.
    """
    active = SigningKey.objects.active().first()
    if active is not None:
        queries.open_private_key(active)
    else:
        active = _activate_next(call)
    _add_next(call)
    return _public(active)


@deed
def rotate_signing_key(*, call: CallContext) -> PublicKey:
    """Retire the active key, activate the next one, publish a new next one, and answer the active one.

    Rotations that run at the same time become one. The retired key keeps verifying until it is removed; its
    private half is deleted here.
    """
    active = SigningKey.objects.active().first()
    if active is None:
        return ensure_signing_key(call=call)
    retired = SigningKey.objects.active().filter(kid=active.kid).update(retired_at=call.now, wrapped_private=None)
    if not retired:  # another rotation held the row, and has committed
        return _public(SigningKey.objects.active().get())
    _tell(events.KEY_RETIRED, active.kid, call)
    activated = _activate_next(call)
    _add_next(call)
    return _public(activated)


@deed
def remove_retired_keys(*, retired_for: timedelta, call: CallContext) -> int:
    """Stop publishing keys that retired at least `retired_for` ago; answers how many.

    Tokens they signed verify no more, so it should exceed the longest life of a token.
    """
    due = SigningKey.objects.retired().filter(retired_at__lte=call.now - retired_for)
    removed = 0
    for kid in due.order_by("kid").values_list("kid", flat=True):
        if SigningKey.objects.retired().filter(kid=kid).update(removed_at=call.now):
            _tell(events.KEY_REMOVED, kid, call)
            removed += 1
    return removed


def _activate_next(call: CallContext) -> SigningKey:
    """Activate the next key, making one when there is none, and answer the active key.

    Making it waits for a process that does the same, so an active key found afterwards is the one that process made.
    """
    _add_next(call)
    active = SigningKey.objects.active().first()
    if active is not None:
        return active
    waiting = SigningKey.objects.waiting().get()
    queries.open_private_key(waiting)  # a key that cannot sign must not become the active one
    SigningKey.objects.filter(kid=waiting.kid).update(activated_at=call.now)
    _tell(events.KEY_ACTIVATED, waiting.kid, call)
    return SigningKey.objects.active().get()


@deed
def rewrap_signing_keys(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap private halves anew that a previous KEY_ENCRYPTION_KEY wrapped, the next few from a `kid` on."""
    return rewrap_rows(
        SigningKey.objects.all(),
        lambda row: renewed_fields({"wrapped_private": queries.private_key_context(row.kid)}, row),
        after=after,
    )


def _add_next(call: CallContext) -> None:
    if SigningKey.objects.waiting().exists():
        return
    fresh = _new_key(call)
    # Conflicts are ignored: a process that adds its key at the same time has made this one unnecessary.
    SigningKey.objects.bulk_create([fresh], ignore_conflicts=True)
    if SigningKey.objects.filter(kid=fresh.kid).exists():
        _tell(events.KEY_CREATED, fresh.kid, call)


def _new_key(call: CallContext) -> SigningKey:
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = rules.public_jwk(private.public_key())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    wrapped = crypto.wrap(der, context=queries.private_key_context(jwk["kid"]))
    return SigningKey(kid=jwk["kid"], alg=ALG, public_jwk=jwk, wrapped_private=wrapped, created_at=call.now)


def _tell(event: EventType, kid: str, call: CallContext) -> None:
    journal.record(event, call=call, payload={"kid": kid})
    queries.forget_keys()
    transaction.on_commit(queries.forget_keys)  # a thread may have read the old ring again before the commit


def _public(row: SigningKey) -> PublicKey:
    return PublicKey(kid=row.kid, alg=row.alg, jwk=row.public_jwk)

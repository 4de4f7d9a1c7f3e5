"""The data key of each subject: made at first need, wrapped at rest, deleted to erase."""

from datetime import datetime

from audit.models import SubjectKey
from kit import crypto


def encrypt(plaintext: bytes, *, subject: str, context: str, now: datetime) -> bytes:
    """Encrypt a personal value under the subject's key; `context` binds it to the one place it belongs to."""
    return crypto.encrypt(plaintext, key=_key(subject, now), context=context)


def decrypt(ciphertext: bytes, *, subject: str, context: str) -> bytes | None:
    """The plaintext, or None when the subject's key has been erased."""
    row = SubjectKey.objects.filter(subject=subject).first()
    if row is None:
        return None
    return crypto.decrypt(bytes(ciphertext), key=_unwrap(row), context=context)


def erase(*, subject: str) -> bool:
    """Delete the subject's key: every value encrypted under it is unreadable from the commit on."""
    deleted, _ = SubjectKey.objects.filter(subject=subject).delete()
    return bool(deleted)


def _key(subject: str, now: datetime) -> bytes:
    if not subject:
        raise ValueError("a personal value needs a subject to belong to")
    fresh = crypto.new_key()
    wrapped = crypto.wrap(fresh, context=_context(subject))
    SubjectKey.objects.bulk_create(
        [SubjectKey(subject=subject, wrapped=wrapped, created_at=now)], ignore_conflicts=True
    )
    return _unwrap(SubjectKey.objects.get(subject=subject))


def _unwrap(row: SubjectKey) -> bytes:
    return crypto.unwrap(bytes(row.wrapped), context=_context(row.subject))


def _context(subject: str) -> str:
    return f"subject-key:{subject}"

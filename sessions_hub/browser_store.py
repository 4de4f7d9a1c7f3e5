"""Django's browser sessions in the database, without the cookie's value in it.

The cookie holds 32 random characters; the table knows the session by a digest of it only, so that a copy of the table
lets nobody take a browser session over. The content is encrypted, because allauth keeps mailed codes and pending
authenticator secrets in it. SESSION_ENGINE names this module.
"""

import base64
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import QuerySet
from django.utils.crypto import get_random_string

from kit import clock, crypto
from kit.ids import digest
from kit.prepared import Question
from sessions_hub import conf


def stored_key(session_key: str) -> str:
    """What the table calls the session of this cookie value: 160 bits of its SHA-256, as wide as Django's column."""
    return digest(session_key)[:40]


class SessionStore(db.SessionStore):
    """`session_key` is the cookie's value and stays in memory; what is stored is its digest."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The content as it is stored: encrypted under KEY_ENCRYPTION_KEY."""
        return base64.urlsafe_b64encode(
            crypto.wrap(self.serializer().dumps(session_dict), context=conf.CONTENT_CONTEXT)
        ).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Undo `encode`; content that does not open, such as under another key, counts as none."""
        try:
            return dict(
                self.serializer().loads(
                    crypto.unwrap(base64.urlsafe_b64decode(session_data), context=conf.CONTENT_CONTEXT)
                )
            )
        except (crypto.CannotUnwrap, ValueError):
            return {}

    def _get_new_session_key(self) -> str:
        """Not looked up first, as Django does: of 160 random bits none come twice, and the table would refuse them."""
        return get_random_string(32, VALID_KEY_CHARS)

    def exists(self, session_key: str) -> bool:
        """Whether a session is stored for this cookie value."""
        return bool(session_key) and bool(super().exists(stored_key(session_key)))

    async def aexists(self, session_key: str) -> bool:
        """The same for asynchronous callers."""
        return bool(session_key) and bool(await super().aexists(stored_key(session_key)))

    def delete(self, session_key: str | None = None) -> None:
        """Forget the session of this cookie value, or this one."""
        if key := session_key or self.session_key:
            super().delete(stored_key(key))

    async def adelete(self, session_key: str | None = None) -> None:
        """The same for asynchronous callers."""
        if key := session_key or self.session_key:
            await super().adelete(stored_key(key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row to store: everything as in Django, under the digest."""
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    async def acreate_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The same for asynchronous callers."""
        row = await super().acreate_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        row = _stored.first(stored_key(self.session_key or ""), clock.now())
        if row is None:
            self._session_key = None  # an unknown cookie value is never adopted for a new session
        return row

    async def _aget_session_from_db(self) -> AbstractBaseSession | None:
        row = await _rows(stored_key(self.session_key or ""), clock.now()).afirst()
        if row is None:
            self._session_key = None
        return row


def _rows(known_as: Any, now: Any) -> QuerySet[AbstractBaseSession]:
    return SessionStore.get_model_class()._default_manager.filter(session_key=known_as, expire_date__gt=now)


_stored = Question(_rows)

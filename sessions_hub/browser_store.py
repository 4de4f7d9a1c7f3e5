"""Django's browser sessions in database and cache, without the cookie's value in either.

The cookie holds 32 random characters; both stores know the session by a digest of it only, so that neither a copy of
the table nor a look into the cache lets anybody take a browser session over. SESSION_ENGINE names this module.
"""

from typing import Any

from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import QuerySet

from kit import clock
from kit.ids import digest


def stored_key(session_key: str) -> str:
    """What both stores call the session of this cookie value: 160 bits of its SHA-256, as wide as Django's column."""
    return digest(session_key)[:40]


class SessionStore(cached_db.SessionStore):
    """`session_key` is the cookie's value and stays in memory; what is stored is its digest."""

    cache_key_prefix = "sessions_hub.browser."

    @property
    def cache_key(self) -> str:
        """The name of this session in the cache."""
        return self.cache_key_prefix + stored_key(self._get_or_create_session_key())  # type: ignore[attr-defined]  # not in the stubs

    async def acache_key(self) -> str:
        """The same for asynchronous callers."""
        return self.cache_key_prefix + stored_key(await self._aget_or_create_session_key())  # type: ignore[attr-defined]

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
        row = self._stored().first()
        if row is None:
            self._session_key = None  # an unknown cookie value is never adopted for a new session
        return row

    async def _aget_session_from_db(self) -> AbstractBaseSession | None:
        row = await self._stored().afirst()
        if row is None:
            self._session_key = None
        return row

    def _stored(self) -> QuerySet[AbstractBaseSession]:
        known_as = stored_key(self.session_key or "")
        return self.model._default_manager.filter(session_key=known_as, expire_date__gt=clock.now())

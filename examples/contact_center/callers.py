"""Who waits at the desk, and whom it serves. In memory: a real desk would keep it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from threading import Lock
from typing import Any, Final

from examples.waiting import Question

WORDS: Final = {
    "password": "password",
    "email_code": "a code by mail",
    "totp": "authenticator app",
    "recovery_code": "recovery code",
    "passkey": "passkey",
    "federated": "another provider",
    "web": "on the website",
    "mobile": "in the app",
    "chat": "in chat",
    "in_store": "in the store",
    "contact_center": "on the phone",
}


@dataclass
class Caller:
    """Whom a member of staff serves: by `hint` (an address or a `sub`), and how she was verified."""

    hint: str
    subject: str
    name: str
    verification: dict[str, Any] | None
    sid: str = ""
    lines: list[dict[str, str]] = field(default_factory=list)
    question: Question | None = None
    assistance: dict[str, Any] | None = None
    account: dict[str, Any] | None = None

    @classmethod
    def of_call(cls, hint: str, found: dict[str, Any]) -> "Caller":
        """Somebody on the phone, as the gateway knows her."""
        return cls(hint, found["subject"], found.get("name", ""), found["verification"])

    @classmethod
    def of_chat(cls, chat: dict[str, Any], found: dict[str, Any]) -> "Caller":
        """Somebody from the chat, in the session that her ticket carried over."""
        verification = found["verification"]
        return cls(chat["subject"], chat["subject"], found.get("name", ""), verification, chat["sid"], chat["lines"])


class Queue:
    """The chats that wait for a person, oldest first."""

    def __init__(self) -> None:
        self._chats: dict[int, dict[str, Any]] = {}
        self._numbers, self._lock = count(1), Lock()

    def add(self, session: dict[str, Any], lines: list[dict[str, str]]) -> None:
        """A chat comes in, with the session that its ticket carried over."""
        with self._lock:
            number = next(self._numbers)
            self._chats[number] = session | {"lines": lines, "number": number}

    def take(self, number: int) -> dict[str, Any] | None:
        """Take one out; None when somebody was faster."""
        with self._lock:
            return self._chats.pop(number, None)

    def waiting(self) -> list[dict[str, Any]]:
        """All that wait."""
        return list(self._chats.values())


def lines_of_chat(lines: list[Any]) -> list[dict[str, str]]:
    """What of a chat's lines the desk shows: who said what and when."""
    return [{key: str(line.get(key, "")) for key in ("who", "text", "at")} for line in lines if isinstance(line, dict)]


def in_words(code: str) -> str:
    """A method or a channel of the gateway as people at the desk call it."""
    return WORDS.get(code, code)


def when(moment: str | float | None) -> str:
    """A time of day from an RFC 3339 text or seconds since 1970, as the clock at the desk shows it."""
    if moment is None:
        return "never"
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else datetime.fromtimestamp(moment, UTC)
    return at.astimezone().strftime("%H:%M")

"""Questions that clients ask for themselves: who may ask what, several at once, and what they claim in vain."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from assurance.events import CLAIM_IGNORED
from assurance.queries import Loaded, ask_registry, load, load_nothing
from assurance.rules import find_rule
from assurance.services.decisions import settle
from assurance.types import Bar, Decision, Outcome, Question, Semantics, Unreadable
from audit import journal
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from consent.types import Checked, Item
from kit.call import CallContext
from kit.unit_of_work import observation

SUBJECT_TYPES = ("customer", "user")
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@observation
def evaluate(*, question: Question, call: CallContext) -> Decision:
    """Decide for the client that calls, as far as it may ask: see `evaluate_all`."""
    return _Desk(call).answer(question)


@observation
def evaluate_all(
    *, questions: Sequence[Question | Unreadable], semantics: Semantics, call: CallContext
) -> list[Decision | Unreadable]:
    """Decide several questions for the client that calls, in their order; what cannot be read counts as denied.

    A client asks for its own channel and those it serves as a resource server, and for sessions in which it, or a
    client it serves, takes part: everything else is refused, in one way whether or not there is such a thing. `static`
    actions rest on no session. The last answer is the one that the `semantics` stop at.
    """
    desk = _Desk(call)
    answers: list[Decision | Unreadable] = []
    for question in questions:
        answer = question if isinstance(question, Unreadable) else desk.answer(question)
        answers.append(answer)
        if _STOPS[semantics] is _is_permit(answer):
            break
    return answers


_STOPS: dict[Semantics, bool | None] = {
    Semantics.EXECUTE_ALL: None,
    Semantics.DENY_ON_FIRST_DENY: False,
    Semantics.PERMIT_ON_FIRST_PERMIT: True,
}


def _is_permit(answer: Decision | Unreadable) -> bool:
    return isinstance(answer, Decision) and answer.judgement.outcome is Outcome.PERMIT


class _Desk:
    """One request's questions: what several of them rest on is asked once."""

    def __init__(self, call: CallContext) -> None:
        self._call = call
        self._loaded: dict[tuple[str, str], Loaded] = {}
        self._parts: dict[str, bool] = {}
        self._checked: dict[Item, Checked] = {}

    def answer(self, question: Question) -> Decision:
        call = replace(self._call, journey=question.journey) if question.journey else self._call
        if question.claims:
            journal.record(
                CLAIM_IGNORED, call=call, channel=call.channel or "", payload={"claims": sorted(set(question.claims))}
            )
        bar = self._bar(question)
        return settle(question, self._load(question, bar), call, bar, registry=self._check)

    def _bar(self, question: Question) -> Bar | None:
        if not self._call.caller.serves_channel(question.channel) or not _is_open(question.channel):
            return Bar.UNKNOWN_CHANNEL
        if _is_static(question):
            return None
        if question.subject_type not in SUBJECT_TYPES:
            return Bar.UNKNOWN_SUBJECT_TYPE
        return None if not question.sid or self._takes_part(question.sid) else Bar.NO_PART_IN_SESSION

    def _takes_part(self, sid: str) -> bool:
        if sid not in self._parts:
            self._parts[sid] = bool(_SID.fullmatch(sid)) and self._call.caller.takes_part(sid)
        return self._parts[sid]

    def _check(self, item: Item, now: datetime) -> Checked:
        if item not in self._checked:
            self._checked[item] = ask_registry(item, now)
        return self._checked[item]

    def _load(self, question: Question, bar: Bar | None) -> Loaded:
        if bar is not None:
            return load_nothing(channel=question.channel, now=self._call.now)
        key = ("" if _is_static(question) else question.sid, question.channel)
        if key not in self._loaded:
            self._loaded[key] = load(sid=key[0], channel=key[1], now=self._call.now)
        return self._loaded[key]


def _is_open(channel: str) -> bool:
    try:
        get_policy(channel)
    except ChannelUnavailable:
        return False
    return True


def _is_static(question: Question) -> bool:
    rule = find_rule(get_policy(question.channel), question.action)
    return rule is not None and rule.is_static

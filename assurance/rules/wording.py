"""A judgement in sentences that a person can read aloud to the customer it is about."""

from collections.abc import Iterator

from assurance.types import Facts, Health, Judgement, Line, Outcome

_OUTCOMES = {
    Outcome.PERMIT: "It was allowed.",
    Outcome.STEP_UP: "It was not allowed yet: a fresh proof was asked for first.",
    Outcome.SUPPRESS: "Nothing personal was shown, and nothing was said about it.",
    Outcome.REVIEW: "It was put before a person to decide.",
    Outcome.REFUSE: "It was not allowed.",
}


def tell(facts: Facts, judgement: Judgement) -> tuple[str, ...]:
    """What was decided, why, and what it rested on: short sentences without codes or personal values."""
    return tuple(_sentences(facts, judgement))


def name_seconds(seconds: float | None) -> str:
    """A span of time in one number and unit; empty for none."""
    if seconds is None:
        return ""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def name_probability(probability: float) -> str:
    """A probability in words of a hundred, never rounded up to certainty."""
    percent = 100 * probability
    return f"{percent:.0f} in 100" if 1 <= percent < 99 else f"{percent:.2f} in 100"


def _sentences(facts: Facts, judgement: Judgement) -> Iterator[str]:
    yield _OUTCOMES[judgement.outcome]
    yield from (objection.message for objection in judgement.objections)
    if facts.is_judged:
        yield from _about_the_number(facts, judgement)
    if judgement.would_change:
        yield "What would have changed it: " + " ".join(judgement.would_change)


def _about_the_number(facts: Facts, judgement: Judgement) -> Iterator[str]:
    needed = f"; the action needs {name_probability(facts.rule.threshold)}" if facts.rule else ""
    yield f"How sure it was that this is the customer: {name_probability(judgement.confidence.reported)}{needed}."
    counted = [line for line in judgement.confidence.lines if line.counted]
    if speaking_for := [_name(line) for line in counted if line.counted > 0]:
        yield f"This spoke for her: {'; '.join(speaking_for)}."
    if speaking_against := [_name(line) for line in counted if line.counted < 0]:
        yield f"This spoke against it: {'; '.join(speaking_against)}."
    if facts.session is not None and facts.session.proved_seconds is not None:
        yield f"Her last proof was {_ago(facts.session.proved_seconds)}."
    if missing := [line.evidence.label for line in judgement.confidence.lines if line.evidence.missing]:
        yield f"Missing, and counted neither for nor against her: {'; '.join(missing)}."


def _name(line: Line) -> str:
    evidence = line.evidence
    late = "" if evidence.health is Health.OK else f", from a source that is {evidence.health.value}"
    return evidence.label + late


def _ago(seconds: float) -> str:
    return f"{name_seconds(seconds)} ago" if seconds >= 60 else "just before"

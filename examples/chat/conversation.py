"""One conversation: who said what and when, and the question that the customer is being asked elsewhere."""

from dataclasses import dataclass, field
from datetime import datetime

from examples.waiting import Question

GREETING = "Hello! I am the shop's assistant. What can I do for you?"


@dataclass
class Line:
    """One message; `who` is customer or assistant, `at` the time of day."""

    who: str
    text: str
    at: str


@dataclass
class Conversation:
    """All of it, in memory: a real chat would keep it."""

    lines: list[Line] = field(default_factory=list)
    question: Question | None = None
    handed_over: bool = False
    verified: bool = False

    def __post_init__(self) -> None:
        self.say("assistant", GREETING)

    def say(self, who: str, text: str) -> None:
        """Add a message."""
        self.lines.append(Line(who, text, datetime.now().astimezone().strftime("%H:%M")))

    def as_lines(self) -> list[dict[str, str]]:
        """What a colleague is given to read."""
        return [{"who": line.who, "text": line.text, "at": line.at} for line in self.lines]

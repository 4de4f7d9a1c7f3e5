"""What is counted while we work, for Prometheus: few names, labels of few values, nobody's ids.

Counts come from three places: every request, every task, and every fact that reached the journal. What waits in a
table is counted when somebody asks: see `config/waiting.py`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram

import oauth.events
import sessions_hub.events
from sessions_hub.types import SubjectType

if TYPE_CHECKING:
    from audit.journal import Line

REQUESTS = Counter(
    "throughline_http_requests",
    "Requests answered, by route template, method and status.",
    ["route", "method", "status"],
)
REQUEST_SECONDS = Histogram(
    "throughline_http_request_seconds",
    "How long answers took, by route template.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
REFUSALS = Counter("throughline_refusals", "Refusals told to programs, by their code on the wire.", ["code"])
TOKENS = Counter("throughline_tokens_issued", "Token answers, by grant.", ["grant"])
SIGN_INS = Counter("throughline_sign_ins", "Sign-ins of people, by outcome.", ["outcome"])
HANDOFFS = Counter(
    "throughline_handoffs",
    "Sessions carried over, and tickets that let nobody in, by way and outcome.",
    ["via", "outcome"],
)
FACTS = Counter("throughline_journal_events", "Facts written to the journal, by type.", ["type"])
TASKS = Counter("throughline_tasks", "Background tasks that ended, by name and outcome.", ["task", "outcome"])
TASK_SECONDS = Histogram(
    "throughline_task_seconds",
    "How long background tasks took, by name.",
    ["task"],
    buckets=(0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0),
)


def count_facts(lines: Sequence["Line"]) -> None:
    """Count facts whose transaction has committed: the journal's second reader."""
    for line in lines:
        FACTS.labels(line.type.name).inc()
        if line.type == oauth.events.TOKEN_ISSUED:
            TOKENS.labels(str(line.payload.get("grant_type", "other"))).inc()
        elif line.type == sessions_hub.events.SESSION_STARTED and line.payload["subject_type"] == SubjectType.ACCOUNT:
            SIGN_INS.labels("succeeded").inc()
        elif line.type == sessions_hub.events.SESSION_CARRIED_OVER:
            HANDOFFS.labels(str(line.payload["via"]), "carried_over").inc()
        elif line.type == sessions_hub.events.HANDOFF_REFUSED:
            HANDOFFS.labels(str(line.payload["via"]), str(line.payload["reason"])).inc()

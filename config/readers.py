"""Who reads what the journal has just taken in: the metrics, and the couriers of the change feed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sync.services
from config.measures import count_facts

if TYPE_CHECKING:
    from audit.journal import Line


def read_facts(lines: Sequence["Line"]) -> None:
    """After each commit: facts are counted, and the couriers rung for whoever chose one of them."""
    count_facts(lines)
    if types := {line.type.name for line in lines if line.type.deliverable}:
        sync.services.ring_for(types=types, call=lines[0].call)

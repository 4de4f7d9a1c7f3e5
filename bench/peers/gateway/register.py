"""Fill the gateway's register with many customers: `python -m bench.peers.gateway.register 1000000`.

Two customers choose by the ordinary way; what that leaves is copied for all the others inside PostgreSQL, which takes
seconds where recording a million choices would take hours. Each has two states, and the events they follow from.
"""

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection

from bench.consents import NOTICE, SUBJECT
from consent.models import ConsentEvent, EffectiveState
from consent.services import apply_catalog, record_choices
from consent.types import Action, Choice, NoticeRef, Tier
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id

_SHOWN = NoticeRef(**NOTICE)
_TEXTS = {"en": {"title": "A purpose", "description": "What it is for.", "data": "Some."}}
_PURPOSE = {"notice": "privacy", "texts": _TEXTS}
_CATALOG: dict[str, Any] = {
    "purposes": {
        "marketing": _PURPOSE,
        "marketing.email": _PURPOSE | {"parent": "marketing"},
        "marketing.sms": _PURPOSE | {"parent": "marketing"},
        "personalization": _PURPOSE,
    },
    "notices": {
        "privacy": [
            {
                "version": 1,
                "language": "en",
                "title": "Privacy",
                "jurisdiction": "EU",
                "material": True,
                "purposes": ["marketing", "marketing.email", "marketing.sms", "personalization"],
                "text": "What we do with your data.",
            }
        ]
    },
}
_AT_ONCE = 100_000


def seed(subjects: int) -> dict[str, object]:
    """Purposes, a notice, and so many customers: what `bench.consents.expected` says of each."""
    call = CallContext(caller=system_caller("bench"), now=clock.now(), trace_id=new_id())
    apply_catalog(document=_CATALOG, call=call)
    choices = [("marketing.email", Action.GRANT), ("personalization", Action.GRANT)]
    for number in (0, 1):
        party = SUBJECT.format(number)
        for purpose, action in choices if number else [*choices, ("personalization", Action.WITHDRAW)]:
            notice = _SHOWN if action is Action.GRANT else None
            choice = Choice(new_id(), party, purpose, action, Tier.VERIFIED, notice=notice)
            record_choices(choices=[choice], call=call)
    with connection.cursor() as cursor:
        for first in range(2, subjects, _AT_ONCE):
            last = min(first + _AT_ONCE, subjects) - 1
            for model in (ConsentEvent, EffectiveState):
                cursor.execute(_copying(model), {"first": first, "last": last})
        for model in (ConsentEvent, EffectiveState):
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
    return {"subjects": subjects}


def _copying(model: Any) -> str:
    """The rows of customer 0 for every even number, of customer 1 for every odd one; ids get the number appended."""
    others = {"party": "'acc_bench' || lpad(n::text, 7, '0')", "id": "row.id || n"} | {
        name: f"row.{name} || n" for name in ("event_id", "journal_id") if model is ConsentEvent
    }
    if model is EffectiveState:
        del others["id"]  # the database numbers them
    fields = [each.column for each in model._meta.concrete_fields if model is ConsentEvent or not each.primary_key]
    values = ", ".join(others.get(name, f"row.{name}") for name in fields)
    table = model._meta.db_table
    return (
        f"INSERT INTO {table} ({', '.join(fields)}) SELECT {values} FROM generate_series(%(first)s, %(last)s) AS n "  # noqa: S608  own names
        f"JOIN {table} AS row ON row.party = 'acc_bench000000' || n %% 2"
    )


if __name__ == "__main__":
    print(json.dumps(seed(int(sys.argv[1]))))

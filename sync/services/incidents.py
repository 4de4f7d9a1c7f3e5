"""Opening and closing what is wrong with a connected system; part of the deed that ends a round."""

from collections.abc import Mapping

from django.db.models import F
from django.db.models.functions import Greatest

from audit import journal
from kit.call import CallContext
from notifications.services import send_mail
from sync import conf, events, rules
from sync.models import Connection, Copy, Incident
from sync.types import Found, Trouble

_EXAMPLES = 20


def settle_incidents(row: Connection, wrong: Mapping[Trouble, str], found: Found, call: CallContext) -> None:
    """Open what is wrong and not open yet, keep what is, close what a look at it does not find any more."""
    open_now = {Trouble(each.trouble): each for each in Incident.objects.filter(connection=row, closed_at=None)}
    for trouble, code in sorted(wrong.items(), key=lambda each: list(Trouble).index(each[0])):
        subjects = _subjects(row, trouble)
        count, examples = len(subjects), subjects[:_EXAMPLES]
        if trouble in open_now:
            rows = Incident.objects.filter(pk=open_now[trouble].pk)
            rows.update(seen_at=call.now, subjects=count, most=Greatest(F("most"), count), examples=examples, code=code)
        else:
            _open(row, trouble, code, count, examples, call)
    for trouble, incident in open_now.items():
        if trouble not in wrong and rules.may_close(trouble, found):
            _close(row, incident, call)


def _subjects(row: Connection, trouble: Trouble) -> list[str]:
    """Whom it is about: those apart that way, or of a silent system all that are missing there."""
    drifts = {Trouble.DROPPED, Trouble.NO_IDENTITY} if trouble is Trouble.SILENT else {trouble}
    rows = Copy.objects.filter(connection=row, drift__in=[each.value for each in drifts])
    return list(rows.order_by("drifted_at", "subject").values_list("subject", flat=True))


def _open(row: Connection, trouble: Trouble, code: str, count: int, examples: list[str], call: CallContext) -> None:
    incident = Incident.objects.create(
        connection=row,
        trouble=trouble.value,
        code=code[:40],
        opened_at=call.now,
        seen_at=call.now,
        subjects=count,
        most=count,
        examples=examples,
    )
    payload = {"incident": incident.ref, "connection": row.slug, "trouble": trouble.value, "subjects": count}
    journal.record(events.INCIDENT_OPENED, call=call, payload={**payload, "examples": examples, "code": incident.code})
    _tell(row, f"{row.slug}: {trouble.value}", f"{count} customers are concerned. {incident.code}".strip(), call)


def _close(row: Connection, incident: Incident, call: CallContext) -> None:
    incident.closed_at, incident.subjects = call.now, 0
    incident.save(update_fields=["closed_at", "subjects"])
    payload = {"incident": incident.ref, "connection": row.slug, "trouble": incident.trouble, "subjects": incident.most}
    journal.record(events.INCIDENT_CLOSED, call=call, payload=payload)
    _tell(row, f"{row.slug}: {incident.trouble} is over", f"It began at {incident.opened_at.isoformat()}.", call)


def _tell(row: Connection, subject: str, body: str, call: CallContext) -> None:
    if address := conf.operators_address():
        page = f"{conf.issuer().rstrip('/')}/console/systems/{row.slug}/"
        send_mail(to=address, subject=f"[Throughline] {subject}", body=f"{row.name}\n\n{body}\n\n{page}\n", call=call)

"""SQL that is made once gives what an ordinary queryset gives, on both databases."""

from datetime import UTC, datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Identifier
from kit.prepared import Change, Creation, Insertion, Question
from oauth.models import Interaction
from sessions_hub.models import Device
from tests.actors import make_client, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_question_gives_whole_rows_for_each_argument(call):
    ana, ben = make_customer(call, "ana"), make_customer(call, "ben")
    question = Question(lambda sub: Account.objects.filter(sub=sub))

    assert question.first(ana.sub) == ana
    assert question.first(ben.sub).name == "Ben"
    assert question.first(ben.sub).created_at == Account.objects.get(pk=ben.pk).created_at
    assert question.first("nobody") is None


def test_its_sql_is_made_once(call):
    asked = []

    def ask(sub):
        asked.append(sub)
        return Account.objects.filter(sub=sub)

    question = Question(ask)
    assert [question.first(sub) for sub in ("a", "b", "c")] == [None] * 3
    assert len(asked) == 1


def test_an_argument_may_be_a_time_and_a_value_may_stand_fixed(call):
    ana = make_customer(call, "ana")
    since = Question(lambda at: Account.objects.filter(created_at__gte=at, kind="customer"))

    assert since.all(ana.created_at) == [ana]
    assert since.all(ana.created_at.replace(year=ana.created_at.year + 1)) == []


def test_selected_relations_and_annotations_come_along(call):
    ana = make_customer(call, "ana")
    proven = Identifier.objects.filter(account=OuterRef("pk"), verified_at__isnull=False)
    question = Question(
        lambda value: (
            Identifier.objects.filter(value=value)
            .select_related("account")
            .annotate(again=F("value"), is_fine=Value(True))
        )
    )
    found = question.first(ana.email)
    with CaptureQueriesContext(connection) as captured:
        assert found.account == ana
    assert not captured.captured_queries
    assert found.again == ana.email
    asked = Question(lambda sub: Account.objects.filter(sub=sub).annotate(is_proven=Exists(proven)))
    assert asked.first(ana.sub).is_proven in (True, 1)


def test_json_comes_back_as_it_went_in(call):
    client = make_client(call).client
    row = Interaction(
        uid="one", client=client, parameters={"é": [1, None, {"b": "\u2028"}]}, begun_at=NOON, expires_at=NOON
    )
    Creation(Interaction)(row)

    found = Question(lambda uid: Interaction.objects.filter(uid=uid)).first("one")
    assert (found.parameters, found.begun_at) == (row.parameters, NOON)
    assert found.parameters == Interaction.objects.get(uid="one").parameters


def test_many_rows_go_in_with_one_statement():
    insert = Insertion(Device, "id", "secret_digest", "user_agent", "created_at", "last_seen_at")
    with CaptureQueriesContext(connection) as captured:
        insert([(f"dev_{number}", f"digest-{number}", "", NOON, NOON) for number in range(3)])

    assert len(captured.captured_queries) == 1
    assert Device.objects.filter(created_at=NOON).count() == 3


def test_a_row_that_stands_already_is_overwritten_where_that_was_asked_for():
    fields = ("id", "secret_digest", "user_agent", "created_at", "last_seen_at")
    insert, keep = Insertion(Device, *fields), Insertion(Device, *fields, unique=("id",))
    insert([("dev_1", "digest", "first", NOON, NOON)])
    keep([("dev_1", "digest", "second", NOON, NOON)])

    assert Device.objects.get(id="dev_1").user_agent == "second"
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([("dev_1", "digest", "third", NOON, NOON)])


def test_a_change_writes_the_named_fields_and_no_other():
    Device.objects.create(id="dev_1", secret_digest="digest", user_agent="first", created_at=NOON, last_seen_at=NOON)
    device = Device.objects.get(id="dev_1")
    device.user_agent, device.secret_digest = "second", "other"
    Change(Device, "user_agent")(device)

    assert Device.objects.values_list("user_agent", "secret_digest").get(id="dev_1") == ("second", "digest")


def test_what_is_prepared_belongs_to_the_transaction_that_is_open():
    insert = Insertion(ContentType, "app_label", "model")
    with pytest.raises(RuntimeError), transaction.atomic():
        insert([("kit", "prepared")])
        raise RuntimeError
    assert not ContentType.objects.filter(app_label="kit").exists()


def devices(count):
    return [
        Device(id=f"dev_{n:03}", secret_digest=str(n), user_agent=AWKWARD, created_at=NOON, last_seen_at=NOON)
        for n in range(count)
    ]


AWKWARD = 'tab\t, \\ backslash, "quotes", {braces}, NULL, \\N, new\nline, ü'
FIELDS = ("id", "secret_digest", "user_agent", "created_at", "last_seen_at")


def values_of(rows):
    return [tuple(getattr(row, field) for field in FIELDS) for row in rows]


def test_a_crowd_goes_in_as_a_few_do_and_more_than_a_statement_holds_values():
    crowd = devices(14_000)  # seventy thousand values
    Insertion(Device, *FIELDS)(values_of(crowd))

    assert Device.objects.count() == len(crowd)
    first = Device.objects.get(pk="dev_000")
    assert (first.user_agent, first.created_at) == (AWKWARD, NOON)


def test_a_crowd_overwrites_rows_like_its_own():
    keep = Insertion(Device, *FIELDS, unique=("id",))
    keep(values_of(devices(100)))
    changed = devices(200)
    for row in changed:
        row.user_agent = f"second, {AWKWARD}"
    keep(values_of(changed))

    assert set(Device.objects.values_list("user_agent", flat=True)) == {f"second, {AWKWARD}"}
    assert Device.objects.count() == 200


def test_a_change_writes_a_crowd_each_with_values_of_its_own(call):
    client = make_client(call).client
    rows = [Interaction(uid=f"i{n}", client=client, parameters={}, begun_at=NOON, expires_at=NOON) for n in range(60)]
    Interaction.objects.bulk_create(rows)
    for number, row in enumerate(rows):
        row.parameters, row.finished_at = {"n": [number, AWKWARD]}, NOON if number % 2 else None
    change = Change(Interaction, "parameters", "finished_at")
    change.all(rows[:50])
    change.all([])

    found = {row.uid: (row.parameters, row.finished_at) for row in Interaction.objects.all()}
    assert [found[row.uid] for row in rows[:50]] == [(row.parameters, row.finished_at) for row in rows[:50]]
    assert found["i59"] == ({}, None)

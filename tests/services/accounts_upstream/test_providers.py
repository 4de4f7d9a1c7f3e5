"""Providers as rows: what operators do with them, in deeds and in the admin."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts import queries, services
from accounts.errors import ProviderExists, ProviderInvalid, ProviderUnavailable
from accounts.models import UpstreamProvider
from accounts.types import ProviderDraft, Role
from audit.models import Event
from kit.call import CallContext
from kit.refusal import NotFound
from tests.operators import sign_in_operator

ISSUER = "https://id.example.com"
SECRET = "a secret of the provider"


def draft(**changes: Any) -> ProviderDraft:
    values = {"name": "Acme", "client_id": "gateway", "client_secret": SECRET, "scopes": ("openid",), "channels": ()}
    return ProviderDraft(**(values | changes))


@pytest.fixture
def acme(db, call: CallContext) -> UpstreamProvider:
    return services.create_provider(slug="acme", issuer=ISSUER, draft=draft(), call=call)


def facts() -> list[tuple[str, Any]]:
    rows = Event.objects.filter(type__startswith="provider.").order_by("id")
    return list(rows.values_list("type", "payload"))


def test_a_new_provider_is_off_until_it_is_switched_on(acme, call):
    with pytest.raises(ProviderUnavailable):
        queries.get_provider("acme")
    assert services.enable_provider(slug="acme", call=call)
    assert queries.get_provider("acme").issuer == ISSUER
    assert not services.enable_provider(slug="acme", call=call)
    assert services.disable_provider(slug="acme", call=call)
    assert facts() == [
        ("provider.created", {"provider": "acme", "issuer": ISSUER}),
        ("provider.enabled", {"provider": "acme"}),
        ("provider.disabled", {"provider": "acme"}),
    ]


def test_the_secret_is_kept_encrypted_and_bound_to_its_row_and_never_in_the_journal(acme, call):
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM accounts_upstreamprovider")
        assert SECRET.encode() not in bytes(cursor.fetchone()[0])
    services.change_provider(slug="acme", draft=draft(client_secret="another"), call=call)
    assert SECRET not in str(facts())
    assert "another" not in str(facts())
    assert facts()[-1] == ("provider.changed", {"provider": "acme", "fields": ["client_secret"]})


def test_what_is_the_same_already_changes_nothing(acme, call):
    assert not services.change_provider(slug="acme", draft=draft(client_secret=None), call=call)
    assert services.change_provider(slug="acme", draft=draft(client_secret=None, name="Acme Ltd"), call=call)
    assert facts()[-1] == ("provider.changed", {"provider": "acme", "fields": ["name"]})


@pytest.mark.parametrize(("slug", "issuer"), [("acme", "https://other.example.com"), ("other", ISSUER)])
def test_one_row_for_each_short_name_and_each_issuer(acme, call, slug, issuer):
    with pytest.raises(ProviderExists):
        services.create_provider(slug=slug, issuer=issuer, draft=draft(), call=call)


def test_what_cannot_be_a_provider_is_refused(db, call):
    with pytest.raises(ProviderInvalid):
        services.create_provider(slug="acme", issuer="http://127.0.0.1:8000", draft=draft(), call=call)
    with pytest.raises(ProviderInvalid):
        services.create_provider(slug="acme", issuer=ISSUER, draft=draft(scopes=("email",)), call=call)
    assert UpstreamProvider.objects.count() == 0


def test_a_provider_that_never_was_cannot_be_changed(db, call):
    for deed in (services.enable_provider, services.disable_provider):
        with pytest.raises(NotFound):
            deed(slug="acme", call=call)
    with pytest.raises(NotFound):
        services.change_provider(slug="acme", draft=draft(), call=call)


# --- The admin ------------------------------------------------------------------------------------------------------


ADD = "/admin/accounts/upstreamprovider/add/"
FORM = {
    "slug": "acme",
    "name": "Acme",
    "issuer": ISSUER,
    "client_id": "gateway",
    "new_secret": SECRET,
    "scopes": "openid email",
    "enabled": "on",
}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names resolve to nothing."""
    monkeypatch.setattr("kit.fetch.resolve", lambda host, port: [])


@pytest.fixture
def admin(db, no_network, call: CallContext) -> Client:
    return sign_in_operator(Role.ADMIN, call)[0]


def test_an_admin_writes_a_provider_down_and_is_told_that_it_does_not_answer(admin):
    page = admin.post(ADD, FORM, follow=True)
    assert page.status_code == 200
    assert "was added successfully" in page.content.decode()
    assert "Its discovery document cannot be used" in page.content.decode()
    assert [type for type, _ in facts()] == ["provider.created", "provider.enabled"]
    row = UpstreamProvider.objects.get()
    page = admin.get(f"/admin/accounts/upstreamprovider/{row.pk}/change/")
    assert SECRET not in page.content.decode()
    assert "/accounts/upstream/acme/callback/" in page.content.decode()


def test_short_name_and_issuer_stay_whatever_a_form_says(admin):
    admin.post(ADD, FORM)
    row = UpstreamProvider.objects.get()
    changed = FORM | {"slug": "evil", "issuer": "https://evil.example.com", "name": "Acme Ltd", "new_secret": ""}
    admin.post(f"/admin/accounts/upstreamprovider/{row.pk}/change/", changed)
    row.refresh_from_db()
    assert (row.slug, row.issuer, row.name) == ("acme", ISSUER, "Acme Ltd")
    assert row.client_secret, "an empty field keeps the secret"
    assert facts()[-1] == ("provider.changed", {"provider": "acme", "fields": ["name"]})


def test_switching_off_in_the_admin_is_a_fact(admin):
    admin.post(ADD, FORM)
    row = UpstreamProvider.objects.get()
    off = {name: value for name, value in FORM.items() if name not in ("enabled", "slug", "issuer")}
    admin.post(f"/admin/accounts/upstreamprovider/{row.pk}/change/", off | {"new_secret": ""})
    assert [type for type, _ in facts()][-1] == "provider.disabled"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("issuer", "http://id.example.com", "Only https"),
        ("slug", "Not A Slug", "small letters"),
        ("scopes", "email", "openid among them"),
        ("client_id", "", "required"),
        ("offered_on", "nowhere", "not one of the available choices"),
    ],
)
def test_a_mistake_is_told_beside_its_field(admin, field, value, words):
    page = admin.post(ADD, FORM | {field: value})
    assert page.status_code == 200
    assert re.search(rf'errorlist[^>]*id="id_{field}_error"', page.content.decode()), page.content.decode()
    assert words in page.content.decode()
    assert UpstreamProvider.objects.count() == 0


def test_the_same_issuer_twice_is_told_too(admin):
    admin.post(ADD, FORM)
    page = admin.post(ADD, FORM | {"slug": "acme-2"})
    assert page.status_code < 500
    assert UpstreamProvider.objects.count() == 1


def test_nobody_deletes_a_provider(admin):
    admin.post(ADD, FORM)
    row = UpstreamProvider.objects.get()
    assert admin.post(f"/admin/accounts/upstreamprovider/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert UpstreamProvider.objects.count() == 1


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER, Role.STEWARD, Role.SUPPORT, Role.AUDITOR])
def test_only_an_admin_decides_who_may_vouch_for_customers(db, no_network, call, role):
    operator, _ = sign_in_operator(role, call)
    assert operator.post(ADD, FORM).status_code in (302, 403, 404)
    assert UpstreamProvider.objects.count() == 0

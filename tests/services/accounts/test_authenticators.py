"""Second factors and passwords: what is kept, and what is written down."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from accounts import queries, services
from accounts.adapter import MfaAdapter
from accounts.errors import SecretInvalid
from accounts.types import Method
from audit.models import Event
from kit.crypto import CannotUnwrap

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTHER = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"


def code_of(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    now = counters[len(counters) // 2]
    return format_hotp_value(hotp_value(secret, now))


def test_an_enrolled_app_shows_codes_that_are_taken_once(ana, call):
    services.enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    app = Authenticator.objects.get(user=ana).wrap()
    code = code_of(SECRET)
    assert app.validate_code(code)
    assert not app.validate_code(code)


def test_no_secret_of_a_second_factor_lies_in_the_table(ana, call):
    services.enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    codes = RecoveryCodes.activate(ana).get_unused_codes()
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert not any(code in stored for code in codes)


def test_a_secret_of_another_place_does_not_open():
    adapter = MfaAdapter()
    assert adapter.decrypt(adapter.encrypt("secret")) == "secret"
    with pytest.raises(CannotUnwrap):
        adapter.decrypt("A" * 64)


def test_the_same_secret_again_changes_nothing_and_another_replaces_it(ana, call, facts):
    services.enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    services.enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    assert facts(ana)[3:] == ["authenticator.added"]
    services.enroll_totp(sub=ana.sub, secret=OTHER, call=call)
    assert facts(ana)[3:] == ["authenticator.added", "authenticator.replaced"]
    assert Authenticator.objects.get(user=ana).wrap().validate_code(code_of(OTHER))


@pytest.mark.parametrize("secret", ["", "SHORT", "not base32 at all but long enough", SECRET.lower()])
def test_a_weak_or_broken_secret_is_refused(ana, call, secret):
    with pytest.raises(SecretInvalid):
        services.enroll_totp(sub=ana.sub, secret=secret, call=call)
    assert not queries.has_second_factor(ana)


def test_a_summary_names_the_method_and_no_secret(ana, call):
    services.enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    [summary] = queries.list_authenticators(ana)
    assert summary.method is Method.TOTP
    assert SECRET not in str(summary)
    assert queries.has_second_factor(ana)


def test_recovery_codes_alone_are_no_second_factor(ana):
    RecoveryCodes.activate(ana)
    assert not queries.has_second_factor(ana)


def test_every_change_of_proofs_is_a_fact(ana, call, facts):
    services.record_authenticator_added(account=ana, method="recovery_codes", call=call)
    services.record_authenticator_replaced(account=ana, method="recovery_codes", call=call)
    services.record_authenticator_removed(account=ana, method="totp", call=call)
    services.record_password_changed(account=ana, call=call)
    services.record_password_reset(account=ana, call=call)
    assert facts(ana)[3:] == [
        "authenticator.added",
        "authenticator.replaced",
        "authenticator.removed",
        "password.changed",
        "password.reset",
    ]
    assert Event.objects.get(type="authenticator.added").payload == {"method": "recovery_code"}

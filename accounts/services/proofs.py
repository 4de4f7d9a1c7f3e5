"""Judging what a signed-in person gives to prove herself again, for doors without a browser session.

Whoever asks counts the tries first (`count_try`) and keeps what was asked: a code that was mailed, a challenge.
"""

import struct
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.template.loader import render_to_string
from fido2.webauthn import AuthenticationResponse

from accounts import conf, queries
from accounts.errors import ProofWrong
from accounts.models import Account
from accounts.types import Method
from kit.call import CallContext
from kit.unit_of_work import deed
from notifications.services import send_mail

_STORED = {Method.TOTP: Authenticator.Type.TOTP, Method.RECOVERY_CODE: Authenticator.Type.RECOVERY_CODES}
_JUNK = (TypeError, ValueError, KeyError, AttributeError, IndexError, struct.error)


@deed
def check_secret(*, subject: str, method: Method, secret: str, call: CallContext) -> None:
    """Take a password, a code of an authenticator app, or a recovery code, each code once.

    Raises ProofWrong for whatever is not right, also for a method that the account does not have.
    """
    account = _active(subject)
    if method is Method.PASSWORD:
        is_right = account.has_usable_password() and account.check_password(secret)
    else:
        is_right = method in _STORED and _spend_code(account, method, secret, call)
    if not is_right:
        raise ProofWrong


def _spend_code(account: Account, method: Method, code: str, call: CallContext) -> bool:
    """Two at once with one code: the row's lock lets the first one have it."""
    row = Authenticator.objects.select_for_update().filter(user=account, type=_STORED[method]).first()
    if row is None or not row.wrap().validate_code(code):
        return False
    row.refresh_from_db()  # a recovery code was crossed out in another instance of the row
    row.last_used_at = call.now
    row.save(update_fields=["last_used_at"])
    return True


@deed
def mail_proof_code(*, subject: str, call: CallContext) -> str:
    """Mail a fresh code to the account's own address; the caller keeps it, for ten minutes and one answer."""
    account = _active(subject)
    code: str = get_adapter().generate_login_code()
    site = {"name": conf.service_name(), "domain": conf.issuer_host()}
    values = {"code": code, "email": account.email, "current_site": site, "issuer_url": conf.absolute("")}
    subject_line = render_to_string("account/email/step_up_app_code_subject.txt", values)
    body = render_to_string("account/email/step_up_app_code_message.txt", values)
    send_mail(to=account.email, subject=" ".join(subject_line.split()), body=body.strip(), call=call)
    return code


@deed
def check_passkey(
    *, subject: str, state: Mapping[str, Any], credential: Mapping[str, Any], call: CallContext
) -> Method:
    """Take a passkey's answer to a challenge; whether it verified its person is in the method. Raises ProofWrong."""
    account = _active(subject)
    try:
        answer = queries.read_passkey_answer(AuthenticationResponse, credential)
        binding = auth.get_server().authenticate_complete(dict(state), auth.get_credentials(account), dict(credential))
        row = auth.get_authenticator_by_credential_id(account, binding.credential_id)
        verified = bool(answer.response.authenticator_data.is_user_verified())
    except _JUNK as error:
        raise ProofWrong from error
    if row is None:
        raise ProofWrong
    row.last_used_at = call.now
    row.save(update_fields=["last_used_at"])
    return Method.PASSKEY_UV if verified else Method.PASSKEY


def _active(subject: str) -> Account:
    account = Account.objects.filter(sub=subject).first()
    if account is None or not account.is_active:
        raise ProofWrong
    return account

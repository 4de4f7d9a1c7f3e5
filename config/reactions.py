"""The one controlled climb: what rooms above do when the journal records a fact below, and what library
signals mean here.

REACTIONS runs in the transaction of the fact, database work only; a failing reaction rolls the deed back.
"""

from typing import TYPE_CHECKING, Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.contrib.auth import signals as auth_signals
from django.dispatch import receiver
from django.http import HttpRequest

import accounts.adapter
import accounts.events
import accounts.services
import accounts.upstream.adapter
import assurance.services
import channel_registry.events
import consent.events
import consent.services
import delegation.events
import delegation.services
import oauth.services
import resolution.services
import sessions_hub.browser
import sessions_hub.events
import sessions_hub.services
import sync.services
from accounts.types import IdentifierType, Method
from audit.journal import Line, Reaction
from audit.types import EventType
from config.measures import SIGN_INS
from delegation.types import STAFF_ROLES
from delegation.types import EndReason as DelegationEnd
from kit.http import call_from
from sessions_hub.types import SubjectType, Via

if TYPE_CHECKING:
    from accounts.models import Account


def end_sessions_of_subject(line: Line) -> None:
    """Everything the subject is signed in to ends."""
    sessions_hub.services.revoke_sessions_of(subject=line.subject, reason=line.type.name, call=line.call)


def kill_tokens_of_subject(line: Line) -> None:
    """Tokens of the subject die, also those that outlived their session."""
    oauth.services.revoke_tokens_of_account(subject=line.subject, call=line.call)


def kill_tokens_of_channel(line: Line) -> None:
    """Tokens of a channel that was shut out die."""
    oauth.services.revoke_tokens_of_channel(channel=line.payload["channel"], call=line.call)


def cut_off_channel(line: Line) -> None:
    """What a channel's clients were given before it opens again stays dead."""
    oauth.services.cut_off_channel(channel=line.payload["channel"], call=line.call)


def withdraw_allowances_of_subject(line: Line) -> None:
    """Which apps an erased person allowed is remembered no longer."""
    oauth.services.withdraw_allowances_of(subject=line.subject, call=line.call)


def forget_requests_of_subject(line: Line) -> None:
    """What devices and clients asked of an erased person is remembered no longer."""
    oauth.services.forget_requests_of(subject=line.subject, call=line.call)


def kill_tokens_of_session(line: Line) -> None:
    """Tokens of the session die."""
    oauth.services.revoke_tokens_of_session(sid=line.session, call=line.call)


def tell_relying_parties(line: Line) -> None:
    """The couriers are rung: whoever took part in the session is told that it ended."""
    sync.services.ring_couriers(call=line.call)


def forget_what_waits_about_subject(line: Line) -> None:
    """What is on its way to connected systems tells nothing of an erased person any more."""
    sync.services.forget_attributes_of(subject=line.subject, call=line.call)


def bound_tokens_of_session(line: Line) -> None:
    """Tokens that tell more than the session still proves die."""
    oauth.services.bound_tokens_of_session(sid=line.session, call=line.call)


def end_other_sessions_of_subject(line: Line) -> None:
    """Whoever else is signed in with the old password is not any more; the session that changed it stays."""
    sessions_hub.services.revoke_sessions_of(
        subject=line.subject, reason=line.type.name, call=line.call, except_sid=line.session or None
    )


def forget_traces_of_subject(line: Line) -> None:
    """Sessions of an erased person tell nothing about her."""
    sessions_hub.services.forget_traces_of(subject=line.subject, call=line.call)


def lower_sessions_resting_on_authenticator(line: Line) -> None:
    """What was proved with an authenticator that is gone does not count any more.

    Evidence does not say which of several passkeys it came from, so all of it goes, but for the session that removed
    one and has just proved itself, where another is left.
    """
    method = Method(line.payload["method"])
    methods = _PASSKEYS if method is Method.PASSKEY else {method}
    spared = line.session if line.payload.get("another_left") else None
    sessions_hub.services.lower_sessions_resting_on(
        subject=line.subject, methods=methods, call=line.call, except_sid=spared
    )


def lower_sessions_resting_on_link(line: Line) -> None:
    """What a provider upstream vouched for does not count for this account any more."""
    sessions_hub.services.lower_sessions_resting_on_provider(
        provider=line.payload["provider"], subject=line.subject, call=line.call
    )


def lower_sessions_resting_on_provider(line: Line) -> None:
    """What a provider upstream vouched for does not count for anybody any more."""
    sessions_hub.services.lower_sessions_resting_on_provider(provider=line.payload["provider"], call=line.call)


def withdraw_consents_of_subject(line: Line) -> None:
    """Nothing is permitted any more for an erased person."""
    consent.services.forget_party(party=line.subject, call=line.call)


def end_delegations_about_subject(line: Line) -> None:
    """Nobody acts for the subject any more."""
    delegation.services.revoke_delegations_of_subject(subject=line.subject, reason=line.type.name, call=line.call)


def end_delegations_by_subject(line: Line) -> None:
    """The subject acts for nobody any more."""
    delegation.services.revoke_delegations_of_actor(actor=line.subject, reason=line.type.name, call=line.call)


def end_delegations_by_former_staff(line: Line) -> None:
    """An operator whose roles let her help customers no longer acts for nobody any more."""
    if "roles" in line.payload and not STAFF_ROLES & set(line.payload["roles"]):
        delegation.services.revoke_delegations_of_actor(
            actor=line.subject, reason=DelegationEnd.ROLE_TAKEN, call=line.call
        )


def end_delegations_resting_on_consent(line: Line) -> None:
    """What somebody may do for her because she permitted a purpose ends when she does not any more."""
    delegation.services.revoke_delegations_resting_on(
        party=line.subject,
        purpose=line.payload["purpose"],
        channel=line.payload.get("channel", ""),
        processor=line.payload.get("processor", ""),
        reason=line.type.name,
        call=line.call,
    )


def close_delegation_of_session(line: Line) -> None:
    """An assisted session was ended: whoever acted in it may not any more."""
    if line.payload.get("via") == Via.ASSISTANCE:  # thousands of others may end in one deed
        delegation.services.close_delegation_of_session(sid=line.session, call=line.call)


def close_delegations_of_actor_session(line: Line) -> None:
    """A staff member signed out: she acts for nobody from there any more."""
    delegation.services.close_delegations_of_actor_session(sid=line.session, call=line.call)


def learn_sign_in(line: Line) -> None:
    """How a customer came becomes part of how she usually comes."""
    if line.payload["subject_type"] == SubjectType.ACCOUNT:
        assurance.services.learn_session(subject=line.subject, call=line.call)


def bind_device_of_session(line: Line) -> None:
    """A customer signed in on a device: what it refuses she refuses."""
    if line.payload["subject_type"] == SubjectType.ACCOUNT:
        assurance.services.bind_device(device=line.payload["device"], subject=line.subject, call=line.call)


def bind_device_carried_to(line: Line) -> None:
    """A customer's session went on in a browser that was known before; staff who act for her are not she."""
    if line.payload["on_known_device"] and line.payload["via"] != Via.ASSISTANCE:
        assurance.services.bind_device(device=line.payload["device"], subject=line.subject, call=line.call)


def learn_password_change(line: Line) -> None:
    """Her password is a new one."""
    assurance.services.learn_change(subject=line.subject, kind="password", call=line.call)


def learn_authenticator_change(line: Line) -> None:
    """What she proves herself with beside a password has changed."""
    kind = "recovery" if line.payload["method"] == Method.RECOVERY_CODE else "second_factor"
    assurance.services.learn_change(subject=line.subject, kind=kind, call=line.call)


def learn_identifier_change(line: Line) -> None:
    """An address or a number of hers is a new one."""
    kind = "email" if line.payload["type"] == IdentifierType.EMAIL else "phone"
    assurance.services.learn_change(subject=line.subject, kind=kind, call=line.call)


def learn_undone_change(line: Line) -> None:
    """Somebody else had changed her address: what she is proved by changed just now, whoever did what."""
    assurance.services.learn_change(subject=line.subject, kind="email", call=line.call)


def learn_wrong_answer(line: Line) -> None:
    """Somebody guessed in a customer's name, or in nobody's, which takes as long."""
    assurance.services.learn_failure(subject=line.subject, call=line.call)


def forget_habits_of_subject(line: Line) -> None:
    """How an erased person came is remembered no longer."""
    assurance.services.forget_subject(subject=line.subject, call=line.call)


def forget_provided_users_of_subject(line: Line) -> None:
    """What other systems keep here of an erased person by SCIM is kept no longer. Her records name it: before them."""
    sync.services.forget_scim_users_of(subject=line.subject, call=line.call)


def forget_records_of_subject(line: Line) -> None:
    """What other systems say of an erased person is kept no longer."""
    resolution.services.forget_subject(subject=line.subject, call=line.call)


def rule_conflicts_of_subject(line: Line) -> None:
    """The gateway has learned something of a customer: who is believed may be another."""
    resolution.services.rule_subject(subject=line.subject, call=line.call)


_PASSKEYS = {Method.PASSKEY, Method.PASSKEY_UV, Method.PASSKEY_HARDWARE}

REACTIONS: dict[EventType, tuple[Reaction, ...]] = {
    accounts.events.ACCOUNT_SUSPENDED: (
        end_sessions_of_subject,
        kill_tokens_of_subject,
        end_delegations_about_subject,
        end_delegations_by_subject,
    ),
    accounts.events.ACCOUNT_CLOSED: (
        end_sessions_of_subject,
        kill_tokens_of_subject,
        end_delegations_about_subject,
        end_delegations_by_subject,
    ),
    accounts.events.ACCOUNT_ERASED: (
        end_sessions_of_subject,
        kill_tokens_of_subject,
        forget_traces_of_subject,
        withdraw_allowances_of_subject,
        end_delegations_about_subject,
        end_delegations_by_subject,
        forget_requests_of_subject,
        forget_habits_of_subject,
        withdraw_consents_of_subject,
        forget_what_waits_about_subject,
        forget_provided_users_of_subject,
        forget_records_of_subject,
    ),
    accounts.events.PROFILE_CHANGED: (end_delegations_by_former_staff, rule_conflicts_of_subject),
    accounts.events.PASSWORD_CHANGED: (end_other_sessions_of_subject, learn_password_change),
    accounts.events.PASSWORD_RESET: (end_sessions_of_subject, kill_tokens_of_subject, learn_password_change),
    accounts.events.EMAIL_CHANGE_UNDONE: (end_sessions_of_subject, kill_tokens_of_subject, learn_undone_change),
    accounts.events.CREDENTIALS_WIPED: (end_sessions_of_subject, kill_tokens_of_subject, learn_password_change),
    accounts.events.AUTHENTICATOR_ADDED: (learn_authenticator_change,),
    accounts.events.AUTHENTICATOR_REMOVED: (lower_sessions_resting_on_authenticator, learn_authenticator_change),
    accounts.events.AUTHENTICATOR_REPLACED: (lower_sessions_resting_on_authenticator, learn_authenticator_change),
    accounts.events.AUTHENTICATOR_FAILED: (learn_wrong_answer,),
    accounts.events.IDENTIFIER_VERIFIED: (learn_identifier_change, rule_conflicts_of_subject),
    accounts.events.IDENTIFIER_REMOVED: (rule_conflicts_of_subject,),
    channel_registry.events.CHANNEL_DISABLED: (kill_tokens_of_channel,),
    channel_registry.events.CHANNEL_ENABLED: (cut_off_channel,),
    accounts.events.LINK_REMOVED: (lower_sessions_resting_on_link,),
    accounts.events.PROVIDER_DISABLED: (lower_sessions_resting_on_provider,),
    sessions_hub.events.SESSION_STARTED: (learn_sign_in, bind_device_of_session),
    sessions_hub.events.SESSION_CARRIED_OVER: (bind_device_carried_to,),
    sessions_hub.events.SESSION_REVOKED: (
        kill_tokens_of_session,
        close_delegation_of_session,
        close_delegations_of_actor_session,
        tell_relying_parties,
    ),
    sessions_hub.events.SESSION_LOWERED: (bound_tokens_of_session,),
    consent.events.CONSENT_WITHDRAWN: (end_delegations_resting_on_consent,),
    consent.events.CONSENT_DENIED: (end_delegations_resting_on_consent,),
    consent.events.CONSENT_OBJECTED: (end_delegations_resting_on_consent,),
    delegation.events.DELEGATION_REVOKED: (kill_tokens_of_session,),
}


# --- Library signals: one downward call each ------------------------------------------------------------------


@receiver(auth_signals.user_logged_in)
def on_signed_in(request: HttpRequest, user: "Account", **kwargs: Any) -> None:
    """The person is fully in: what she proved becomes a session."""
    sessions_hub.browser.bind_sign_in(request, user)


@receiver(auth_signals.user_login_failed)
def on_sign_in_failed(**kwargs: Any) -> None:
    """Somebody gave a wrong password: counted, and nothing about it is kept here."""
    SIGN_INS.labels("failed").inc()


@receiver(account_signals.authentication_step_completed)
def on_step_completed(request: HttpRequest, *, reauthenticated: bool = False, **kwargs: Any) -> None:
    """A step of signing in waits for `on_signed_in`; a person who is in and proves again raises her session."""
    if reauthenticated:
        sessions_hub.browser.bind_reauthentication(request)


@receiver(auth_signals.user_logged_out)
def on_signed_out(request: HttpRequest, **kwargs: Any) -> None:
    """The browser signs out: its session ends everywhere."""
    sessions_hub.browser.end_browser_session(request)


@receiver(account_signals.user_signed_up)
def on_signed_up(request: HttpRequest, user: "Account", **kwargs: Any) -> None:
    """An account came into being."""
    accounts.services.record_sign_up(account=user, call=call_from(request))


@receiver(account_signals.user_logged_in)
def on_came_in(request: HttpRequest, user: "Account", upstream: dict[str, str] | None = None, **kwargs: Any) -> None:
    """All steps of a sign-in are done; one that began with signing up through a provider ends in a link to it."""
    accounts.upstream.adapter.link_new_account(request, user, upstream)


@receiver(account_signals.email_added)
def on_email_added(request: HttpRequest, user: "Account", email_address: Any, **kwargs: Any) -> None:
    """A login address was named."""
    accounts.services.record_email_added(account=user, email=email_address.email, call=call_from(request))


@receiver(account_signals.email_confirmed)
def on_email_confirmed(request: HttpRequest, email_address: Any, **kwargs: Any) -> None:
    """A login address was verified, at sign-up by the code that this request carried."""
    sessions_hub.browser.note_sign_up_code(request, email_address.user)
    accounts.services.record_email_verified(
        account=email_address.user,
        email=email_address.email,
        owner_only=accounts.adapter.knows_mailbox_only(request),
        call=call_from(request),
    )


@receiver(account_signals.email_changed)
def on_email_changed(request: HttpRequest, user: "Account", **kwargs: Any) -> None:
    """The primary login address is another one."""
    accounts.services.record_email_changed(account=user, call=call_from(request))


@receiver(account_signals.email_removed)
def on_email_removed(request: HttpRequest, user: "Account", email_address: Any, **kwargs: Any) -> None:
    """A login address was taken off."""
    accounts.services.record_email_removed(account=user, email=email_address.email, call=call_from(request))


@receiver([account_signals.password_changed, account_signals.password_set])
def on_password_changed(request: HttpRequest, user: "Account", **kwargs: Any) -> None:
    """The signed-in person chose another password."""
    accounts.services.record_password_changed(account=user, call=call_from(request))


@receiver(account_signals.password_reset)
def on_password_reset(request: HttpRequest, user: "Account", **kwargs: Any) -> None:
    """A forgotten password was replaced."""
    accounts.services.record_password_reset(account=user, call=call_from(request))


@receiver(mfa_signals.authenticator_added)
def on_authenticator_added(request: HttpRequest, user: "Account", authenticator: Any, **kwargs: Any) -> None:
    """The account has one more way to prove itself."""
    accounts.services.record_authenticator_added(account=user, method=authenticator.type, call=call_from(request))


@receiver(mfa_signals.authenticator_removed)
def on_authenticator_removed(request: HttpRequest, user: "Account", authenticator: Any, **kwargs: Any) -> None:
    """The account has one way less to prove itself."""
    accounts.services.record_authenticator_removed(account=user, method=authenticator.type, call=call_from(request))


@receiver(mfa_signals.authenticator_reset)
def on_authenticator_reset(request: HttpRequest, user: "Account", authenticator: Any, **kwargs: Any) -> None:
    """Another secret stands in the place of the old one."""
    accounts.services.record_authenticator_replaced(account=user, method=authenticator.type, call=call_from(request))

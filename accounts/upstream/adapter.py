"""allauth's hooks for sign-ins through providers: which there are, how they are reached, who may come in by them."""

import contextlib
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthError
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import queries, rules, services
from accounts.errors import ProviderUnavailable, UpstreamRefused
from accounts.models import Account
from accounts.types import UpstreamIdentity
from accounts.upstream import pending
from accounts.upstream.metadata import SECONDS
from accounts.upstream.provider import CONNECT, Provider, UpstreamLogin
from kit.fetch import FetchSession
from kit.http import call_from
from kit.refusal import Refusal


class SocialAdapter(DefaultSocialAccountAdapter):
    """Providers are our own rows, the network is reached by `kit.fetch`, and an address alone links nobody."""

    def get_provider(self, request: HttpRequest | None, provider: str, client_id: str | None = None) -> Provider:
        """The provider with this short name; raises ProviderUnavailable when it is off or never was."""
        row = queries.get_provider(provider)
        app = SocialApp(
            provider=Provider.id,
            provider_id=row.slug,
            name=row.name,
            client_id=row.client_id,
            settings={"server_url": row.issuer, "scope": row.scopes.split()},
        )
        return Provider(request, app, row)

    def list_providers(self, request: HttpRequest) -> list[Provider]:
        """None for allauth's own pages: ours ask `accounts.queries`."""
        return []

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """The table that allauth has for this stays empty."""
        return []

    def get_requests_session(self) -> FetchSession:
        """The one way out, for whatever allauth may ask by itself."""
        return FetchSession(seconds=SECONDS)

    def on_authentication_error(self, request: HttpRequest, provider: Provider, error: Any = None, **rest: Any) -> None:
        """What allauth finds wrong, as a state that is not this browser's, is told like what we find wrong."""
        if error != AuthError.CANCELLED:
            raise UpstreamRefused(f"response: {'error' if 'error' in request.GET else 'state or code'}")

    def can_authenticate_by_email(self, login: UpstreamLogin, email: str) -> bool:
        """An address never signs anybody in."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: UpstreamLogin) -> None:
        """Take over from allauth: every way on from here is one of ours."""
        raise ImmediateHttpResponse(meet(request, sociallogin))


def meet(request: HttpRequest, login: UpstreamLogin) -> HttpResponse:
    """The answer to somebody who came back from a provider, whose identity is proved there."""
    identity, following = login.identity, login.get_redirect_url(request) or ""
    if login.state.get("process") == CONNECT:
        return _ask_to_link(request, identity, owner=login.state.get("account") or "", following=following)
    known = queries.find_linked_account(provider=identity.provider, subject=identity.subject)
    if known is not None:
        return _sign_in(request, known, identity, following)
    owner = queries.find_account_by_proven_email(identity.email) if identity.email_verified else None
    if owner is not None:
        return _ask_to_link(request, identity, owner=owner.sub, following=following)
    _leave(request, None)
    if not get_adapter(request).is_open_for_signup(request):
        return redirect("account_signup")
    if identity.email_verified:
        account = services.sign_up_through_provider(
            identity=identity, email=identity.email, name=identity.name, call=call_from(request)
        )
        return enter_new(request, account, identity, following)
    pending.ask_for_address(request, identity, following=following)
    return redirect("upstream_sign_up")


def enter_new(request: HttpRequest, account: Account, identity: UpstreamIdentity, following: str) -> HttpResponse:
    """Sign in somebody whose account was just made; an address that is a claim only is asked to be proved first.

    What is said to `link_new_account` travels with this very sign-in, and is lost when it is left.
    """
    _record(request, account, identity)
    travels = {"upstream": {"provider": identity.provider, "subject": identity.subject}}
    return complete_signup(request, user=account, redirect_url=following or None, signal_kwargs=travels)


def link_new_account(request: HttpRequest, account: Account, upstream: dict[str, str] | None) -> None:
    """Link an account that somebody signed up for through a provider, when its address has been proved."""
    if upstream is None:
        return
    with contextlib.suppress(Refusal):  # switched off or linked elsewhere meanwhile: the account is hers all the same
        services.add_link(account=account, call=call_from(request), **upstream)


def _sign_in(request: HttpRequest, account: Account, identity: UpstreamIdentity, following: str) -> HttpResponse:
    if request.user == account:
        return redirect(following or "portal:home")
    _leave(request, account)
    _record(request, account, identity)
    return perform_login(request, account, redirect_url=following or None)


def _ask_to_link(request: HttpRequest, identity: UpstreamIdentity, *, owner: str, following: str) -> HttpResponse:
    """Nothing is linked here: the account's owner proves to be it, and says yes, on a page of its own."""
    account = queries.find_account(owner)
    if account is None:
        messages.error(request, ProviderUnavailable.message)
        return redirect("account_login")
    _leave(request, account)
    pending.ask_to_link(request, identity, owner=owner, following=following)
    return redirect("upstream_link")


def _leave(request: HttpRequest, account: Account | None) -> None:
    """Sign out whoever is signed in here and is somebody else."""
    if request.user.is_authenticated and request.user != account:
        get_adapter(request).logout(request)


def _record(request: HttpRequest, account: Account, identity: UpstreamIdentity) -> None:
    there = identity.authenticated_at.timestamp() if identity.authenticated_at else None
    record_authentication(
        request,
        account,
        "socialaccount",
        provider=identity.provider,
        uid=identity.subject,
        **{rules.AUTHENTICATED_AT: there},
    )

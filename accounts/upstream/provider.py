"""One provider upstream as allauth sees it: where people are sent, and what their return proves.

allauth alone would send no nonce, take parameters of the authorization request from the caller's query, believe the
issuer that the discovery document names, not look at the signature of a token that came directly, prefer userinfo
without comparing its `sub`, and take `email_verified: "true"` for true.
"""

import base64
from typing import Any
from urllib.parse import quote_plus, urlencode

from allauth.socialaccount.models import SocialAccount, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import conf, queries, rules
from accounts.errors import UpstreamRefused
from accounts.models import Account, UpstreamProvider
from accounts.types import Expected, UpstreamIdentity
from accounts.upstream.metadata import Metadata, ask, get_metadata, read_json
from accounts.upstream.tokens import read_id_token
from kit import clock, crypto
from kit.ids import new_secret

LOGIN, CONNECT = "login", "connect"
"""What a visit upstream is for: to sign in or up, or to link the provider to the account that is signed in."""
_MAX_AGE = 30 * 24 * 3600  # as long as one factor holds here; with it, providers tell when the person proved herself
_LONGEST_CODE = 4096


class UpstreamLogin(SocialLogin):
    """allauth's record of a return from upstream, with the identity it proved."""

    identity: UpstreamIdentity


class Provider(OpenIDConnectProvider):
    """The provider of one row."""

    def __init__(self, request: HttpRequest | None, app: Any, row: UpstreamProvider) -> None:
        super().__init__(request, app=app)
        self.row = row

    @property
    def metadata(self) -> Metadata:
        """What the provider publishes; raises UpstreamSilent, UpstreamRefused."""
        return get_metadata(self.row.issuer)

    @property
    def callback_url(self) -> str:
        """The redirect URI registered at the provider: one per provider, which keeps their answers apart."""
        return conf.absolute(reverse("upstream_callback", args=[self.row.slug]))

    def get_oauth2_adapter(self, request: HttpRequest) -> "CodeFlow":
        """What redeems the code."""
        return CodeFlow(request, self)

    def redirect(self, request: HttpRequest, process: str, next_url: str | None = None, **kwargs: Any) -> HttpResponse:
        """Begin a visit upstream: state, nonce and PKCE challenge are bound to this browser, for ten minutes."""
        proof, nonce, account = generate_code_challenge(), new_secret(), request.user
        state = self.stash_redirect_state(
            request,
            process,
            next_url,
            pkce_code_verifier=proof["code_verifier"],
            nonce=nonce,
            issuer=self.row.issuer,
            account=account.sub if isinstance(account, Account) else "",
        )
        parameters = {
            "response_type": "code",
            "client_id": self.row.client_id,
            "redirect_uri": self.callback_url,
            "scope": self.row.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": proof["code_challenge"],
            "code_challenge_method": "S256",
            "max_age": str(_MAX_AGE),
        }
        endpoint = self.metadata.authorization_endpoint
        return HttpResponseRedirect(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}")


class CodeFlow(OpenIDConnectOAuth2Adapter):
    """The way from an authorization response to an identity, each step of it checked."""

    did_fetch_access_token: bool

    def __init__(self, request: HttpRequest, provider: Provider) -> None:
        super().__init__(request, provider.row.slug)
        self.provider = provider
        self.stashed: dict[str, Any] = {}

    def get_provider(self) -> Provider:
        """The provider as it was when this request began."""
        return self.provider

    def check_response(self, parameters: dict[str, str], stashed: dict[str, Any]) -> None:
        """Judge the response before its code is shown to anybody: it must come from the issuer that was asked.

        RFC 9207, and RFC 9700 section 4.4 (mix-up). Raises UpstreamRefused.
        """
        self.stashed = stashed
        issuer = self.provider.row.issuer
        if stashed.get("issuer") != issuer or "nonce" not in stashed:
            raise UpstreamRefused("response: issuer")
        said = parameters.get("iss")
        if said != issuer and (said is not None or self.provider.metadata.says_issuer):
            raise UpstreamRefused("response: iss")
        if len(parameters.get("code", "")) > _LONGEST_CODE:
            raise UpstreamRefused("response: code")

    def get_client(self, request: HttpRequest, app: Any) -> None:
        """The client that allauth has for this is not used: `get_access_token_data` redeems the code."""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: None, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """Redeem the code (RFC 6749 section 4.1.3); raises UpstreamRefused, UpstreamSilent."""
        row, metadata = self.provider.row, self.provider.metadata
        fields = {
            "grant_type": "authorization_code",
            "code": request.GET.get("code", ""),
            "redirect_uri": self.provider.callback_url,
            "code_verifier": pkce_code_verifier or "",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = _secret(row)
        if secret and not metadata.posts_secret:
            pair = f"{quote_plus(row.client_id)}:{quote_plus(secret)}"  # RFC 6749 section 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            fields |= {"client_id": row.client_id} | ({"client_secret": secret} if secret else {})
        answer = ask(metadata.token_endpoint, "POST", headers=headers, body=urlencode(fields).encode())
        if 400 <= answer.status < 500:
            raise UpstreamRefused(f"token: status {answer.status}")
        tokens = read_json(answer, "token")
        if not isinstance(tokens.get("access_token"), str):
            raise UpstreamRefused("token: access_token")
        return tokens

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Nothing of a provider's tokens is kept."""
        return SocialToken()

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> UpstreamLogin:
        """The identity that the tokens prove, as a login that nobody has looked up yet."""
        tokens: dict[str, Any] = kwargs["response"]
        identity = self._read_identity(tokens)
        login = UpstreamLogin(
            user=Account(created_at=clock.now(), email=identity.email, name=identity.name),
            account=SocialAccount(provider=identity.provider, uid=identity.subject, extra_data={}),
            provider=self.provider,
        )
        login.identity = identity
        return login

    def _read_identity(self, tokens: dict[str, Any]) -> UpstreamIdentity:
        row, metadata = self.provider.row, self.provider.metadata
        expected = Expected(row.issuer, row.client_id, nonce=self.stashed["nonce"], now=clock.now())
        claims = read_id_token(
            tokens.get("id_token"),
            jwks_uri=metadata.jwks_uri,
            expected=expected,
            access_token=tokens["access_token"],
        )
        subject = rules.link_key(claims["sub"])
        told = claims
        is_new = queries.find_linked_account(provider=row.slug, subject=subject) is None
        if is_new and "email" not in claims and metadata.userinfo_endpoint:
            told = self._read_userinfo(metadata.userinfo_endpoint, tokens["access_token"], claims["sub"])
        email, verified = rules.upstream_email(told)  # both from one place: nothing is put together from two
        if not _is_email(email):
            email, verified = "", False
        return UpstreamIdentity(
            provider=row.slug,
            subject=subject,
            email=email,
            email_verified=verified,
            name=rules.upstream_name(told) or rules.upstream_name(claims),
            authenticated_at=rules.authenticated_at(claims),
        )

    def _read_userinfo(self, url: str, access_token: str, sub: str) -> dict[str, Any]:
        claims = read_json(ask(url, headers={"Authorization": f"Bearer {access_token}"}), "userinfo")
        if claims.get("sub") != sub:  # OpenID Connect Core 5.3.2
            raise UpstreamRefused("userinfo: sub")
        return claims


def _secret(row: UpstreamProvider) -> str:
    if not row.client_secret:
        return ""
    return crypto.unwrap(bytes(row.client_secret), context=conf.provider_secret_context(row.slug)).decode()


def _is_email(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True

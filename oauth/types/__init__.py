"""The protocol desk's frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oauth.types.asking import (
    Approval as Approval,
)
from oauth.types.asking import (
    BackchannelAnswer as BackchannelAnswer,
)
from oauth.types.asking import (
    BackchannelAsk as BackchannelAsk,
)
from oauth.types.asking import (
    Decision as Decision,
)
from oauth.types.asking import (
    DeviceAuthorization as DeviceAuthorization,
)
from oauth.types.asking import (
    EarlierAsk as EarlierAsk,
)
from oauth.types.asking import (
    Outcome as Outcome,
)
from oauth.types.asking import (
    Poll as Poll,
)
from oauth.types.asking import (
    Standing as Standing,
)
from oauth.types.asking import (
    WaitingFacts as WaitingFacts,
)
from oauth.types.provisioning import (
    LONGEST_PROVISIONING as LONGEST_PROVISIONING,
)
from oauth.types.provisioning import (
    PROVISIONING_PREFIX as PROVISIONING_PREFIX,
)
from oauth.types.provisioning import (
    PROVISIONING_SCOPE as PROVISIONING_SCOPE,
)
from oauth.types.provisioning import (
    ProvisioningTokenState as ProvisioningTokenState,
)

#: Scopes for identity: shown to customers on the consent page.
IDENTITY_SCOPES = {
    "openid": "Know that it is you",
    "profile": "See your name",
    "email": "See your e-mail address",
    "offline_access": "Stay connected while you are away",
    "device_sso": "Sign you in to its maker's other apps on this device",
}
#: Named scopes of the gateway's API; they are given to clients by registration, never by asking.
API_SCOPES = {
    "decisions": "Ask for decisions",
    "explain": "Read why a decision was made",
    "consent.read": "Read what you allow",
    "consent.write": "Record what you allow",
    "resolution.resolve": "Match records to people",
    "handoff": "Hand a session over to another channel",
    "feeds": "Send profile data and signals",
    "scim": "Keep its people here by SCIM",
    "ssf": "Be told of security events",
    "sessions": "See where you are signed in, and sign you out there",
}
SCOPES = {**IDENTITY_SCOPES, **API_SCOPES}
#: What nobody gets who acts for a customer: what outlives the moment, moves her session on or speaks her will.
SENSITIVE_SCOPES = frozenset({"offline_access", "handoff", "consent.write", "device_sso"})


class GrantType(StrEnum):
    """The grants a client can be registered for; the wire values of `grant_type`."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
    CIBA = "urn:openid:params:grant-type:ciba"
    TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"

    @property
    def way_in(self) -> str:
        """The name by which a channel's policy opens this grant: `device_code`, `token_exchange`."""
        return self.value.rpartition(":")[2].replace("-", "_")


#: The `token_type` of what is issued but grants no access by itself (RFC 8693 section 2.2.1).
NOT_A_TOKEN = "N_A"


class TokenType(StrEnum):
    """What a token is that comes into an exchange or leaves it (RFC 8693 section 3, OpenID Native SSO 1.0, our own)."""

    ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
    REFRESH_TOKEN = "urn:ietf:params:oauth:token-type:refresh_token"
    ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
    DEVICE_SECRET = "urn:openid:params:token-type:device-secret"
    DEVICE_SECRET_OF_DRAFTS = "urn:x-oath:params:oauth:token-type:device-secret"
    SESSION_TRANSFER = "urn:throughline:params:oauth:token-type:session-transfer"
    HANDOFF = "urn:throughline:params:oauth:token-type:handoff"
    ASSISTANCE = "urn:throughline:params:oauth:token-type:assistance"


class ClientAuthentication(StrEnum):
    """How a client proves itself at the token endpoint (RFC 7591 `token_endpoint_auth_method`)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    NONE = "none"


class RevocationKind(StrEnum):
    """What a revocation entry reaches: every access token that names this key."""

    ACCOUNT = "account"
    CLIENT = "client"
    SESSION = "session"
    GRANT = "grant"
    TOKEN = "token"


class Prompt(StrEnum):
    """What the person must still do before a code can be issued, in the order it is asked."""

    CONTINUE = "continue"
    SIGN_IN = "sign_in"
    SELECT_ACCOUNT = "select_account"
    HELD = "held"
    REAUTHENTICATE = "reauthenticate"
    RAISE_LEVEL = "raise_level"
    CONSENT = "consent"


class Reply(StrEnum):
    """What the person answered on one of our pages; no parameter of a client's request stands for one."""

    ALLOW = "allow"
    DENY = "deny"
    THIS_ACCOUNT = "this_account"
    ANOTHER_ACCOUNT = "another_account"
    GO_BACK = "go_back"
    CARRY_OVER = "carry_over"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request, each at most once; empty values count as absent (RFC 6749 section 3.1).

    `resource` alone may be repeated (RFC 8707).
    """

    values: Mapping[str, str]
    resource: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """The value of a parameter, empty when absent."""
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a `claims` parameter demands of the ID token: one of these levels, this person (OIDC Core 5.5.1)."""

    essential_acr: tuple[str, ...] | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A validated authorization request: the client and redirect URI are known to belong together.

    `essential_acr` is None where the `claims` parameter does not demand a level; empty where any will do. `journey` is
    the id that its client passes on, so that what is proved on the way is known to belong to it.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    code_challenge: str
    state: str | None = None
    nonce: str = ""
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] | None = None
    resource: tuple[str, ...] = ()
    login_hint: str = ""
    hinted_subject: str | None = None
    journey: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizationFacts:
    """All that decides the next prompt: the request, the session, the policy, what was already answered.

    `signed_in` says that it is clear whose session answers; `choice` that there are accounts here to choose from.
    `is_doubted` is a session that a standing risk leaves no confidence in until she proves more, `is_held` one in which
    nothing she could prove would help.
    """

    prompt: frozenset[str]
    max_age: int | None
    accepted_acr: tuple[str, ...]
    now: datetime
    signed_in: bool
    choice: bool = False
    acr: str = "0"
    auth_time: datetime | None = None
    begun_at: datetime | None = None
    expects_another: bool = False
    account_chosen: bool = False
    needs_consent: bool = False
    consented: bool = False
    transfer_waits: bool = False
    is_held: bool = False
    is_doubted: bool = False


@dataclass(frozen=True, slots=True)
class AllowedApp:
    """What a customer has allowed one client, as she is shown it."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    allowed_at: datetime


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What copy-paste configuration depends on; the secret is no part of it."""

    issuer: str
    client_id: str
    public: bool
    grant_types: tuple[str, ...]
    redirect_uri: str
    scopes: tuple[str, ...]
    resource: str
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to copy: its name, what it is for, the language it is in, and one note."""

    key: str
    title: str
    language: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The form of a token request, each parameter at most once; absent ones are empty."""

    grant_type: str
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    refresh_token: str = ""
    scope: str = ""
    resource: tuple[str, ...] = ()
    device_code: str = ""
    auth_req_id: str = ""
    subject_token: str = ""
    subject_token_type: str = ""
    actor_token: str = ""
    actor_token_type: str = ""
    requested_token_type: str = ""
    audience: str = ""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The halves of a refresh token: the handle names the grant, the secret changes at every use."""

    handle: str
    secret: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A token request refused *with change*: the deed commits what it counted, the door answers this error."""

    error: str
    description: str


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens on their way out, in the shape of RFC 6749 section 5.1."""

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str = ""
    id_token: str = ""
    token_type: str = "Bearer"
    issued_token_type: str = ""
    device_secret: str = ""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What goes into an access token (RFC 9068) beside what the signer adds."""

    subject: str
    client_id: str
    scopes: tuple[str, ...]
    audience: tuple[str, ...]
    jti: str
    sid: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    auth_time: datetime | None = None
    act: str = ""


@dataclass(frozen=True, slots=True)
class ClientDraft:
    """What a registration says about a client; see `oauth.services.register_client`."""

    name: str
    channel: str
    client_type: str = "confidential"
    application_type: str = "web"
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
    scopes: tuple[str, ...] = ("openid", "profile", "email", "offline_access")
    default_scopes: tuple[str, ...] = ("openid", "profile", "email")
    resource: str = ""
    resource_servers: tuple[str, ...] = ()
    first_party: bool = False
    backchannel_logout_uri: str = ""
    vendor: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class ClientGuide:
    """All that a developer needs to connect one client."""

    client_id: str
    enabled: bool
    registration: ClientDraft
    authentication: str
    issuer: str
    addresses: Mapping[str, str]
    snippets: tuple[Snippet, ...]

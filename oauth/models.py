from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from oauth import conf
from oauth.types import ClientAuthentication, ClientDraft, Decision, RevocationKind, WaitingFacts


def _words(value: str) -> tuple[str, ...]:
    return tuple(value.split())


class Client(AbstractApplication):
    """Registered OAuth software, owned by one channel. The toolkit's Application under our names.

    `resource` is the identifier this client answers for as a resource server; `resource_servers` are those it
    may send tokens to, and the default audience of its tokens. `cut_off_at` is when it, or its channel, was last
    switched off or on.
    """

    channel = models.ForeignKey("channel_registry.Channel", on_delete=models.PROTECT, related_name="+")
    enabled = models.BooleanField(default=True)
    cut_off_at = models.DateTimeField(null=True, editable=False)
    application_type = models.CharField(max_length=10, choices=[("web", "Web"), ("native", "Native")], default="web")
    token_endpoint_auth_method = models.CharField(
        max_length=40, choices=[(each.value, each.value) for each in ClientAuthentication]
    )
    grant_types = models.CharField(max_length=300, help_text="Space separated")
    scopes = models.TextField(help_text="Space separated: what this client may ever be granted")
    default_scopes = models.TextField(blank=True, help_text="Space separated: what a request without scope gets")
    resource = models.CharField(max_length=255, blank=True)
    resource_servers = models.TextField(blank=True, help_text="Space separated: audiences of its tokens")
    backchannel_logout_uri = models.CharField(max_length=2000, blank=True)
    vendor = models.CharField(max_length=100, blank=True, help_text="Apps of one vendor share a sign-in on a device")
    purpose = models.CharField(max_length=64, blank=True, help_text="What it needs data for: it gets no more than that")

    class Meta(AbstractApplication.Meta):
        verbose_name = "client"
        constraints = [
            models.UniqueConstraint(
                fields=["resource"], name="oauth_client_resource", condition=~models.Q(resource="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.client_id

    @property
    def is_confidential(self) -> bool:
        return self.client_type == self.CLIENT_CONFIDENTIAL

    @property
    def scope_list(self) -> tuple[str, ...]:
        return _words(self.scopes)

    @property
    def default_scope_list(self) -> tuple[str, ...]:
        return _words(self.default_scopes)

    @property
    def redirect_uri_list(self) -> tuple[str, ...]:
        return _words(self.redirect_uris)

    @property
    def post_logout_redirect_uri_list(self) -> tuple[str, ...]:
        return _words(self.post_logout_redirect_uris)

    @property
    def resource_server_list(self) -> tuple[str, ...]:
        return _words(self.resource_servers)

    @property
    def draft(self) -> ClientDraft:
        """The draft that would make this client: what the YAML export writes and the journal keeps."""
        return ClientDraft(
            name=self.name,
            channel=self.channel_id,
            client_type=self.client_type,
            application_type=self.application_type,
            redirect_uris=self.redirect_uri_list,
            post_logout_redirect_uris=self.post_logout_redirect_uri_list,
            grant_types=_words(self.grant_types),
            scopes=self.scope_list,
            default_scopes=self.default_scope_list,
            resource=self.resource,
            resource_servers=self.resource_server_list,
            first_party=self.skip_authorization,
            backchannel_logout_uri=self.backchannel_logout_uri,
            vendor=self.vendor,
            purpose=self.purpose,
        )

    def follow(self, draft: ClientDraft) -> None:
        """Take over what a draft says; the caller saves."""
        public = draft.client_type == "public"
        self.name = draft.name
        self.channel_id = draft.channel
        self.client_type = draft.client_type
        self.application_type = draft.application_type
        self.authorization_grant_type = self.GRANT_AUTHORIZATION_CODE  # the toolkit wants one; `grant_types` rules
        self.token_endpoint_auth_method = ClientAuthentication.NONE if public else ClientAuthentication.BASIC
        self.redirect_uris = " ".join(draft.redirect_uris)
        self.post_logout_redirect_uris = " ".join(draft.post_logout_redirect_uris)
        self.grant_types = " ".join(draft.grant_types)
        self.scopes = " ".join(draft.scopes)
        self.default_scopes = " ".join(draft.default_scopes)
        self.resource = draft.resource
        self.resource_servers = " ".join(draft.resource_servers)
        self.skip_authorization = draft.first_party
        self.backchannel_logout_uri = draft.backchannel_logout_uri
        self.vendor = draft.vendor
        self.purpose = draft.purpose

    def has_grant(self, grant_type: str) -> bool:
        """Whether this client is registered for a grant (wire value of `grant_type`)."""
        return grant_type in _words(self.grant_types)

    def allows_grant_type(self, *grant_types: str) -> bool:
        """The toolkit's hook, in the toolkit's spelling (`authorization-code`)."""
        return any(self.has_grant(each.replace("-", "_")) for each in grant_types)

    def has_cut_off(self, grant: "Grant") -> bool:
        """Whether a grant began before client or channel was last switched off or on: nothing from before revives."""
        return self.cut_off_at is not None and grant.begun_at <= self.cut_off_at

    def is_usable(self, request: object) -> bool:
        """The toolkit's hook: a disabled client is unknown everywhere."""
        return self.enabled


class Grant(AbstractGrant):
    """One authorization, from its code to its last refresh: the single row that redeem, refresh and revoke lock.

    `code`, `refresh_handle` and `refresh_secret` hold digests only. A presented refresh token whose handle is
    known but whose secret is not the current one has been superseded: the whole grant dies.
    """

    public_id = models.CharField(max_length=40, unique=True)
    sid = models.CharField(max_length=64, db_index=True)
    redeemed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=40, blank=True)
    refresh_handle = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  unique when present
    refresh_secret = models.CharField(max_length=64, blank=True)
    refresh_expires_at = models.DateTimeField(null=True)
    keep_until = models.DateTimeField(db_index=True)

    class Meta(AbstractGrant.Meta):
        indexes = [models.Index(fields=["user", "application"], name="oauth_grant_user_client")]

    @property
    def begun_at(self) -> datetime:
        """When the code was issued, by the clock of the deed that did it."""
        return self.expires - timedelta(seconds=conf.CODE_SECONDS)

    def scopes_for(self, client: Client) -> tuple[str, ...]:
        """What was granted and the client may still have: an operator's change holds from the next token on."""
        return tuple(scope for scope in _words(self.scope) if scope in client.scope_list)


class Allowance(models.Model):
    """What a customer has allowed a client, remembered until she withdraws it: one row for each pair.

    A code for a client that needs consent is issued under this row's lock, and withdrawing takes the lock too, so
    nothing issued meanwhile outlives the withdrawal.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    scopes = models.TextField(help_text="Space separated")
    allowed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "client"], name="oauth_allowance_once")]

    @property
    def scope_list(self) -> tuple[str, ...]:
        return _words(self.scopes)


class Interaction(models.Model):
    """An authorization request that waits for a person: one row, one URL, finished once.

    `transfer_digest` is that of the session-transfer token the request came with; the token itself is not kept.
    `chosen_sid` is the session that the person chose to go on with, where the request wanted a choice.
    """

    uid = models.CharField(max_length=40, primary_key=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    parameters = models.JSONField()
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True)
    chosen_sid = models.CharField(max_length=64, blank=True)
    transfer_digest = models.CharField(max_length=64, blank=True)


class RevocationHead(models.Model):
    """The number of the last revocation; its row lock makes revision order the commit order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.PositiveBigIntegerField(default=0)


class Revocation(models.Model):
    """Access tokens that name this key and were issued before `not_before` are dead, on every node.

    The truth that nodes read; an entry may be dropped once every token it can reach has expired.
    """

    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in RevocationKind])
    key = models.CharField(max_length=255)
    not_before = models.DateTimeField()
    revision = models.PositiveBigIntegerField(unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="oauth_revocation_kind_key")]


class ProvisioningToken(models.Model):
    """A bearer token that a client keeps for months, for SCIM alone (RFC 7644 section 2); only its digest is here."""

    ref = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["made_at", "id"]

    def __str__(self) -> str:
        return self.ref

    def is_live(self, now: datetime) -> bool:
        """Whether it counts: not over, not revoked, and its client not switched off or its channel closed since."""
        cut_off = self.client.cut_off_at
        return (
            self.revoked_at is None
            and now < self.expires_at
            and self.client.enabled
            and (cut_off is None or self.made_at > cut_off)
        )


class AccessToken(AbstractAccessToken):
    """Asked for by the toolkit; stays empty: access tokens are JWTs without a row each."""


class RefreshToken(AbstractRefreshToken):
    """Asked for by the toolkit; stays empty: the refresh token lives as digests in its Grant."""


class IDToken(AbstractIDToken):
    """Asked for by the toolkit; stays empty: ID tokens are not stored."""


class Waiting(models.Model):
    """A request that one device made and a person decides on another; every change of it takes this row's lock.

    `ref` names it on pages. `subject` is whose request it is, once that is known; `approver_sid` is the session that
    said yes, `child_sid` the new session that came of it. `interval` is in seconds between two polls.
    """

    ref = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=64, blank=True)
    scope = models.TextField(blank=True)
    interval = models.PositiveSmallIntegerField(default=5)
    acr_values = models.CharField(max_length=300, blank=True)
    resource = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    polled_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, blank=True, choices=[(each.value, each.value) for each in Decision])
    decided_at = models.DateTimeField(null=True)
    approver_sid = models.CharField(max_length=64, blank=True)
    redeemed_at = models.DateTimeField(null=True)
    child_sid = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True

    @property
    def ends_at(self) -> datetime:
        """From when on nobody can answer it any more, and nothing comes of it."""
        raise NotImplementedError

    def scopes_for(self, client: Client) -> tuple[str, ...]:
        """What was asked for and the client may still have."""
        return tuple(scope for scope in _words(self.scope) if scope in client.scope_list)

    @property
    def facts(self) -> WaitingFacts:
        """What the answer to a poll depends on."""
        return WaitingFacts(
            ends_at=self.ends_at,
            interval=self.interval,
            polled_at=self.polled_at,
            decision=self.decision,
            redeemed_at=self.redeemed_at,
        )


class DeviceGrant(AbstractDeviceGrant, Waiting):
    """A device that asks to be let in (RFC 8628). The toolkit's table; `device_code` and `user_code` are digests.

    `subject` is who opened the code first: for anybody else there is no such code any more.
    """

    user_code = models.CharField(max_length=100, unique=True)

    class Meta(AbstractDeviceGrant.Meta):
        indexes = [models.Index(fields=["asked_at"], name="oauth_device_asked")]

    @property
    def ends_at(self) -> datetime:
        """The toolkit's column under our name."""
        return self.expires


class BackchannelRequest(Waiting):
    """A client that asks a customer to confirm, on a device of hers, that it is she (OpenID CIBA Core 1.0, poll).

    `auth_req_id` is a digest, `number` a keyed one of what the client shows, `whom` a keyed one of who was named. A
    request for somebody unknown has no subject and expires like one that nobody answers.
    """

    auth_req_id = models.CharField(max_length=64, unique=True)
    whom = models.CharField(max_length=64)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    binding_message = models.CharField(max_length=100, blank=True)
    number = models.CharField(max_length=64)
    wrong_numbers = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "expires_at"], name="oauth_backchannel_subject"),
            models.Index(fields=["whom", "asked_at"], name="oauth_backchannel_whom"),
            models.Index(fields=["asked_at"], name="oauth_backchannel_asked"),
        ]

    @property
    def ends_at(self) -> datetime:
        """The column under the name that both kinds share."""
        return self.expires_at

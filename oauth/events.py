"""What the protocol desk announces."""

from audit.types import EventType

CLIENT_REGISTERED = EventType("client.registered", "A client was registered.")
CLIENT_CHANGED = EventType("client.changed", "A client's registration changed.")
CLIENT_DISABLED = EventType("client.disabled", "A client was switched off; its tokens are dead.")
CLIENT_ENABLED = EventType("client.enabled", "A client was switched on again.")
PROVISIONING_TOKEN_MADE = EventType("provisioning_token.made", "A client was given a token for SCIM to keep.")
PROVISIONING_TOKEN_REVOKED = EventType("provisioning_token.revoked", "A client's token for SCIM was ended.")
AUTHORIZATION_GRANTED = EventType("authorization.granted", "A code was issued to a client for a customer.")
AUTHORIZATION_ALLOWED = EventType(
    "authorization.allowed", "A customer allowed a client what it asked for; it is remembered.", deliverable=True
)
AUTHORIZATION_WITHDRAWN = EventType(
    "authorization.withdrawn",
    "A customer withdrew what she had allowed a client; its tokens are dead.",
    deliverable=True,
)
AUTHORIZATION_REFUSED = EventType("authorization.refused", "A customer said no to a client.")
TOKEN_ISSUED = EventType("token.issued", "Tokens were issued.")
TOKEN_REVOKED = EventType("token.revoked", "A token was revoked by its client.")
GRANT_REUSED = EventType(
    "grant.reused", "A code or refresh token came a second time; everything issued from it is dead.", deliverable=True
)
GRANT_REVOKED = EventType("grant.revoked", "An authorization ended.")
APPROVAL_REQUESTED = EventType("approval.requested", "A device, or a client on another channel, asked to be let in.")
APPROVAL_GIVEN = EventType("approval.given", "A customer let a device or another channel in.", deliverable=True)
APPROVAL_REFUSED = EventType(
    "approval.refused", "A customer did not let a device or another channel in.", deliverable=True
)
APPROVAL_DISOWNED = EventType(
    "approval.disowned", "A customer said that a request to be let in was not hers.", deliverable=True
)
APPROVAL_REUSED = EventType(
    "approval.reused",
    "A device code or request id came a second time; the session it opened was ended.",
    deliverable=True,
)
APPROVAL_FORGOTTEN = EventType("approval.forgotten", "What was asked of an erased person was deleted.")

"""What this room announces."""

from audit.types import EventType

ACCOUNT_CREATED = EventType("account.created", "A person signed up, or an operator made an account.", deliverable=True)
ACCOUNT_SUSPENDED = EventType("account.suspended", "An operator stopped the account.", deliverable=True)
ACCOUNT_REACTIVATED = EventType("account.reactivated", "A stopped account may sign in again.", deliverable=True)
ACCOUNT_CLOSED = EventType("account.closed", "The account was closed; its data is still there.", deliverable=True)
ACCOUNT_ERASED = EventType("account.erased", "The account and everything personal in it is gone.", deliverable=True)
IDENTIFIER_ADDED = EventType("identifier.added", "Something new points at the account.", deliverable=True)
IDENTIFIER_VERIFIED = EventType("identifier.verified", "The person showed control of an identifier.", deliverable=True)
IDENTIFIER_REMOVED = EventType("identifier.removed", "An identifier points at the account no more.", deliverable=True)
PASSWORD_CHANGED = EventType("password.changed", "The signed-in person chose another password.", deliverable=True)
PASSWORD_RESET = EventType(
    "password.reset", "A forgotten password was replaced by way of the mailbox.", deliverable=True
)
AUTHENTICATOR_ADDED = EventType(
    "authenticator.added", "The account has one more way to prove itself.", deliverable=True
)
AUTHENTICATOR_REMOVED = EventType(
    "authenticator.removed", "The account has one way less to prove itself.", deliverable=True
)
AUTHENTICATOR_REPLACED = EventType(
    "authenticator.replaced", "Another secret stands in the place of the old one.", deliverable=True
)
AUTHENTICATOR_FAILED = EventType(
    "authenticator.failed", "Somebody gave a wrong answer in trying to prove to be the one."
)
EMAIL_CHANGE_UNDONE = EventType(
    "email_change.undone", "The old mailbox took a change of the login address back.", deliverable=True
)
CREDENTIALS_WIPED = EventType(
    "credentials.wiped",
    "A password chosen before the address was proved is gone: somebody else may have chosen it.",
    deliverable=True,
)
PROFILE_CHANGED = EventType("profile.changed", "Name, login address or roles are different now.", deliverable=True)
PROVIDER_CREATED = EventType("provider.created", "An operator named a provider that people can sign in through.")
PROVIDER_CHANGED = EventType("provider.changed", "What an operator wrote about a provider is different.")
PROVIDER_ENABLED = EventType("provider.enabled", "People can sign in through the provider.")
PROVIDER_DISABLED = EventType("provider.disabled", "Nobody can sign in through the provider any more.")
LINK_ADDED = EventType("link.added", "A person at a provider upstream opens the account from now on.", deliverable=True)
LINK_REMOVED = EventType("link.removed", "A provider upstream opens the account no more.", deliverable=True)

"""What this room refuses."""

from kit.refusal import NotFound, Refusal


class AccountUnknown(NotFound):
    """No account has this subject."""

    code = "account_unknown"
    message = "There is no such account."


class AccountErased(Refusal):
    """An erased account never comes back."""

    code = "account_erased"
    status = 409
    message = "This account has been erased."


class StatusConflict(Refusal):
    """The account's status does not allow the change asked for."""

    code = "account_status_conflict"
    status = 409
    message = "The account is in a state that does not allow this."


class EmailTaken(Refusal):
    """Another account signs in with this address. For operators and commands only, never for a customer to see."""

    code = "email_taken"
    status = 409
    message = "Another account uses this address."


class ProfileInvalid(Refusal):
    """A name or an address that cannot be kept."""

    code = "profile_invalid"
    status = 422
    message = "A name or an address is not valid."


class RolesInvalid(Refusal):
    """Roles are for operators, and only the known ones."""

    code = "roles_invalid"
    status = 422
    message = "These roles cannot be given to this account."


class SecretInvalid(Refusal):
    """The secret of an authenticator is not base32 of at least 128 bits."""

    code = "secret_invalid"
    status = 422
    message = "The authenticator secret is not valid."


class UndoGone(NotFound):
    """The link to undo a change of address was used, is too old, or its address belongs to somebody else by now."""

    code = "undo_gone"
    message = "This link no longer works. It was used already, or it is too old."

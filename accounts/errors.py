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


class SignInBusy(Refusal):
    """More people sign in at this moment than passwords can be checked; trying again helps."""

    code = "sign_in_busy"
    status = 503
    message = "Many people are signing in right now. Try again in a moment."


class ProviderExists(Refusal):
    """Another provider has this short name or this issuer."""

    code = "provider_exists"
    status = 409
    message = "There is a provider with this short name or this issuer already."


class ProviderInvalid(Refusal):
    """Something an operator wrote about a provider cannot be kept."""

    code = "provider_invalid"
    status = 422
    message = "This provider cannot be kept as it is written."


class ProviderUnavailable(NotFound):
    """No provider has this short name, or it is switched off."""

    code = "provider_unavailable"
    message = "You can't sign in this way at the moment."


class LinkTaken(Refusal):
    """This person at the provider opens another account already, or this account has another person there."""

    code = "link_taken"
    status = 409
    message = "This sign-in is linked to another account already."


class NoWayLeft(Refusal):
    """Without this link nothing would open the account."""

    code = "no_way_left"
    status = 409
    message = "This is the only way into your account. Choose a password or confirm an email address first."


class UpstreamRefused(Refusal):
    """What a provider upstream sent cannot be believed. `fault` says what was wrong with it, for the log only."""

    code = "upstream_refused"
    status = 400
    message = "The answer we got back can't be trusted, so nobody was signed in. Please try again."

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault


class UpstreamSilent(Refusal):
    """A provider upstream did not answer, or not with what was asked for. `fault` is for the log only."""

    code = "upstream_silent"
    status = 400
    message = "The other side doesn't answer at the moment. Please try again later, or sign in another way."

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault


class LastAdmin(Refusal):
    """Without this account nobody could run the gateway."""

    code = "last_admin"
    status = 409
    message = "This is the last admin. Make somebody else an admin first."


class ProofWrong(Refusal):
    """What was given proves nothing: wrong, used already, too old, or nothing that this account has."""

    code = "proof_wrong"
    status = 403
    message = "That didn't work. Check it, then try again."


class TooManyTries(Refusal):
    """Wrong answers for this account, or from this network, have used up the budget that all doors share."""

    code = "too_many_tries"
    status = 429
    message = "Too many tries. Wait a few minutes, then try again."

    def __init__(self, *, retry_after: int = 300) -> None:
        super().__init__()
        self.retry_after = retry_after

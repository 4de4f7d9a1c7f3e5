"""What this room refuses."""

from collections.abc import Sequence

from consent.types import Change, NoticeRef
from kit.refusal import Refusal


class UnknownPurpose(Refusal):
    """No purpose in force has that id."""

    code = "unknown_purpose"
    status = 422
    message = "There is no such purpose."


class UnknownNotice(Refusal):
    """No notice was published under that id, version and language, or it says nothing about the purpose."""

    code = "unknown_notice"
    status = 422
    message = "There is no such notice for this purpose."


class NoticeMissing(Refusal):
    """A grant does not say which notice was shown."""

    code = "notice_missing"
    status = 422
    message = "Say which notice the customer was shown."


class NoticeRetired(Refusal):
    """The notice may not be shown any more; `current` is the one that may, if there is one."""

    code = "notice_retired"
    status = 409
    message = "This version of the notice may not be shown any more."

    def __init__(self, current: NoticeRef | None = None) -> None:
        super().__init__()
        self.current = current


class UnknownSource(Refusal):
    """A choice names a source that nobody registered."""

    code = "unknown_source"
    status = 422
    message = "There is no such source."


class UnknownScope(Refusal):
    """A choice names a channel, processor or data category that there is not."""

    code = "unknown_scope"
    status = 422
    message = "There is no such channel, processor or data category."


class FutureTimestamp(Refusal):
    """A choice claims to have been made more than a minute from now."""

    code = "future_timestamp"
    status = 422
    message = "The time of the choice lies in the future."


class AlreadyExpired(Refusal):
    """A choice claims to have ended before it came: it would change nothing, and its customer would be told it did."""

    code = "already_expired"
    status = 422
    message = "The choice is over already: `expires_at` lies in the past."


class EventReused(Refusal):
    """The same recorder sent another choice under this id before."""

    code = "event_reused"
    status = 409
    message = "Another choice was recorded under this id."


class UnknownChoice(Refusal):
    """A choice refers to one that this party never made, or that cannot be voided so."""

    code = "unknown_choice"
    status = 422
    message = "The choice that this one refers to cannot be found."


class MandateMissing(Refusal):
    """Somebody chose for a customer without a mandate that covers it."""

    code = "mandate_missing"
    status = 422
    message = "Nobody may choose this for the customer without a mandate."


class MinorCannotConsent(Refusal):
    """The person is too young to permit this herself."""

    code = "minor"
    status = 422
    message = "The customer is too young to permit this herself."


class StalePage(Refusal):
    """Something was chosen meanwhile, elsewhere, that the form does not show."""

    code = "stale_page"
    status = 409
    message = "Your choice was changed elsewhere in the meantime. Look at it again."


class ConsentChanged(Refusal):
    """What was permitted at the check is not any more; `changes` says what."""

    code = "consent_changed"
    status = 409
    message = "Consent has changed since it was checked."

    def __init__(self, changes: Sequence[Change] = ()) -> None:
        super().__init__()
        self.changes = tuple(changes)


class PurposeInvalid(Refusal):
    """What an operator says of a purpose, notice, processor or mandate does not fit; `path` says where."""

    code = "purpose_invalid"
    status = 422
    message = "This does not fit."

    def __init__(self, problem: str = "", path: str = "") -> None:
        super().__init__(": ".join(each for each in (path, problem) if each))
        self.path = path
        self.problem = problem or self.message


class NoticeConflict(Refusal):
    """A version of a notice was published with another text before; published texts never change."""

    code = "notice_conflict"
    status = 409
    message = "This version was published with another text. Publish a new version."


class CheckExpired(Refusal):
    """The token of a check is older than five minutes."""

    code = "check_expired"
    status = 409
    message = "The check is too old. Ask again."


class CheckUnknown(Refusal):
    """The token is not that of a check, or was given to somebody else."""

    code = "check_unknown"
    status = 404
    message = "There is no such check of yours."


class UnsubscribeInvalid(Refusal):
    """The link to unsubscribe is not ours, or was cut."""

    code = "unsubscribe_invalid"
    status = 404
    message = "This link does not work. Sign in to change your choices."


class UndoInvalid(Refusal):
    """The link to take a withdrawal back is not ours, or too old."""

    code = "undo_invalid"
    status = 410
    message = "This link does not work any more. Sign in to change your choices."


class ProofNeeded(Refusal):
    """What a customer permits does not count before she proves in this session that it is she."""

    code = "proof_needed"
    status = 403
    message = "Confirm first that it is you."


class ConflictUnseen(Refusal):
    """A customer permits what a signal of her browser refuses, and was not shown that."""

    code = "conflict_unseen"
    status = 409
    message = "Your browser asks us not to do this. Look at that first."

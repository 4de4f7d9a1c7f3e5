"""What the channel registry refuses."""

from kit.refusal import Refusal


class ChannelUnavailable(Refusal):
    """There is no such channel, or an operator disabled it."""

    code = "channel_unavailable"
    status = 403
    message = "This channel is not available."


class ChannelExists(Refusal):
    """The short name is taken."""

    code = "channel_exists"
    status = 409
    message = "There already is a channel with this short name."


class ChannelInvalid(Refusal):
    """A channel's short name or display name is not of the form it must have."""

    code = "channel_invalid"
    status = 422
    message = "The channel's name is not right."


class PolicyInvalid(Refusal):
    """A policy, or a document of channels, says something it cannot say; `path` names the field, `line` the line."""

    code = "policy_invalid"
    status = 422
    message = "The policy is not right."

    def __init__(self, path: str, problem: str, line: int | None = None) -> None:
        where = [f"line {line}"] if line else []
        super().__init__(": ".join([*where, *([path] if path else []), problem]))
        self.path = path
        self.problem = problem
        self.line = line


class OwnChange(Refusal):
    """Whoever wrote a change does not let it come into force herself."""

    code = "own_change"
    status = 403
    message = "This is your own change: somebody else has to approve it."


class DraftOutdated(Refusal):
    """Another version came into force since the change was written."""

    code = "draft_outdated"
    status = 409
    message = "Another version has come into force since this change was written. Write it anew on that one."


class DraftSettled(Refusal):
    """The change is not in the state that this would need: it was decided, or was not proposed yet."""

    code = "draft_settled"
    status = 409
    message = "This change is not waiting for that any more, or not yet."

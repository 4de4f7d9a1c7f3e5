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
    """A policy, or a document of channels, says something it cannot say; `path` names the field."""

    code = "policy_invalid"
    status = 422
    message = "The policy is not right."

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem

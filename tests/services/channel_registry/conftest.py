"""Two operators and a channel, without browsers."""

from dataclasses import replace

import pytest

from channel_registry import services
from kit.call import CallContext, Caller, CallerKind


def operator(call: CallContext, name: str, *roles: str) -> CallContext:
    """A call by an operator with these roles."""
    caller = Caller(kind=CallerKind.BROWSER, subject=name, roles=frozenset(roles), acr="urn:throughline:2fa")
    return replace(call, caller=caller)


@pytest.fixture
def wanda(call: CallContext) -> CallContext:
    """An author."""
    return operator(call, "wanda", "author")


@pytest.fixture
def pavel(call: CallContext) -> CallContext:
    """An approver."""
    return operator(call, "pavel", "approver")


@pytest.fixture
def web(call: CallContext) -> str:
    """A channel with a first version in force."""
    services.create_channel(slug="web", name="Web", call=call)
    services.publish_policy(channel="web", body={"session": {"idle": "1h"}}, call=call)
    return "web"

"""Systems that are connected to the town and listen."""

import pytest

from accounts.services import change_name
from sync import services
from sync.types import ConnectionDraft, Kind
from tests.listener import listener


@pytest.fixture
def connect(town):
    """Connect a listener that answers in one way or another; its short name is `crm` unless told."""

    def make(reply=200, slug="crm", **said):
        heard = town.cleanup.enter_context(listener(reply))
        said = {"event_types": ("profile.changed",), **said}
        draft = ConnectionDraft(name=slug.upper(), kind=Kind.WEBHOOK, endpoint=heard.url, **said)
        _, heard.secret = services.create_connection(slug=slug, draft=draft, call=town.call)
        return heard

    return make


def rename(town, account, *names, **later):
    """Each name is a change of its own."""
    for name in names:
        change_name(sub=account.sub, name=name, call=town.at(**later))

"""Sam at the desk, Ana on the phone."""

import pytest

from audit.models import Event
from tests.services.delegation.people import set_scene


@pytest.fixture
def scene(db, call):
    return set_scene(call)


@pytest.fixture
def lines():
    """The journal's lines of a type, oldest first."""
    return lambda type: list(Event.objects.filter(type=type).order_by("id"))

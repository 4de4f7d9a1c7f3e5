import pytest
from django.core.cache import cache

from accounts import services
from accounts.hashers import PasswordHasher
from accounts.models import Account
from accounts.types import Kind, Role
from audit.models import Event
from channel_registry.services import create_channel
from kit.call import CallContext

ANAS_PASSWORD = "a long walk along the river"


@pytest.fixture(autouse=True)
def _fresh_throttles():
    cache.clear()


@pytest.fixture
def hashed_at_full_cost(quick_hashing: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as the gateway does it, and not as its tests do elsewhere."""
    for name, cost in quick_hashing.items():
        monkeypatch.setattr(PasswordHasher, name, cost)


@pytest.fixture
def web(db, call: CallContext) -> None:
    """The channel that browsers sign in on."""
    create_channel(slug="web", name="Web", call=call)


@pytest.fixture
def ana(db, call: CallContext) -> Account:
    """A customer with a verified address."""
    return services.register_account(
        email="Ana@Example.com", password=ANAS_PASSWORD, name="Ana", kind=Kind.CUSTOMER, email_verified=True, call=call
    )


@pytest.fixture
def ben(db, call: CallContext) -> Account:
    """Another customer, whose address nobody verified."""
    return services.register_account(
        email="ben@example.com", password=None, name="", kind=Kind.CUSTOMER, email_verified=False, call=call
    )


@pytest.fixture
def olga(db, call: CallContext) -> Account:
    """An operator of the help desk."""
    return services.register_operator(
        email="olga@example.com", password=None, name="Olga", roles=[Role.SUPPORT], call=call
    )


@pytest.fixture
def facts(db):
    """The types of the facts about an account, in their order."""

    def _facts(account: Account) -> list[str]:
        return list(Event.objects.filter(subject=account.sub).order_by("id").values_list("type", flat=True))

    return _facts

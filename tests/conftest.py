"""Fixtures that every kind of test shares, and what is skipped where its tool is absent."""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from whitenoise.middleware import WhiteNoiseMiddleware

from accounts.hashers import PasswordHasher
from assurance.queries import forget_learned
from channel_registry.queries import forget_policies, forget_sources
from consent.queries import forget_catalog
from keyring.queries import forget_keys
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from oauth.queries import forget_clients
from oauth.revocation_list import REVOCATIONS
from tests.emptying import empty_quickly
from tests.journeys.running_demo import RunningDemo, run_demo

# Nothing is timed here: how long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

TESTS = Path(__file__).resolve().parent
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin"
#: How many seconds a test takes, about, by where it stands: only to know which files take longest together.
SECONDS = {"browser": 6.0, "operations": 4.0, "journeys": 0.3, "services": 0.1, "compliance": 0.15}
MOD_AUTH_OPENIDC = Path("/usr/lib/apache2/modules/mod_auth_openidc.so")


def find_chromium() -> str | None:
    """The installed Chromium, found on PATH."""
    return next((path for name in _CHROMIUM_NAMES if (path := shutil.which(name))), None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, by name, the tests whose tool this machine lacks; keep those together that share servers."""
    for item in items:
        _keep_together(item)
    missing = {}
    if find_chromium() is None:
        missing["browser"] = pytest.mark.skip(reason="Chromium is not installed")
    if shutil.which("node") is None:
        missing["node"] = pytest.mark.skip(reason="node is not installed")
    if shutil.which("apache2", path=_SBIN) is None or not MOD_AUTH_OPENIDC.exists():
        missing["apache"] = pytest.mark.skip(reason="Apache with mod_auth_openidc is not installed")
    for item in items:
        for marker in set(missing) & {mark.name for mark in item.iter_markers()}:
            item.add_marker(missing[marker])
    if "PYTEST_XDIST_WORKER" in os.environ:
        _put_longest_first(items)


def _keep_together(item: pytest.Item) -> None:
    """Whoever asks for a running demo or house starts servers: once for the demo, once for each file otherwise."""
    asked = set(getattr(item, "fixturenames", ()))
    if asked & {"demo", "production", "production_database"}:
        item.add_marker(pytest.mark.servers)
    if "servers" in item.keywords:
        item.add_marker(pytest.mark.xdist_group("demo" if "demo" in asked else item.nodeid.partition("::")[0]))


def _put_longest_first(items: list[pytest.Item]) -> None:
    """Files and groups that take longest begin: one that began last would keep one process busy and the other idle."""
    weights: defaultdict[str, float] = defaultdict(float)
    for item in items:
        weights[_company(item)] += SECONDS.get(item.path.relative_to(TESTS).parts[0], 0.02)
    items.sort(key=lambda item: (-weights[_company(item)], _company(item)))


def _company(item: pytest.Item) -> str:
    """What runs in one process: the group, or the file."""
    group = item.get_closest_marker("xdist_group")
    return str(group.args[0]) if group else item.nodeid.partition("::")[0]


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> None:
    """Tests that commit are cleaned up after in milliseconds."""
    empty_quickly()


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[dict[str, int]]:
    """A test's own process hashes passwords the same way at the least cost; gives the cost that servers hash at."""
    costs = {name: getattr(PasswordHasher, name) for name in ("memory_cost", "time_cost")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHasher, "memory_cost", 8)  # kiB: what argon2 wants for one lane
        patch.setattr(PasswordHasher, "time_cost", 1)
        yield costs


@pytest.fixture(scope="session", autouse=True)
def files_looked_for_once() -> Iterator[None]:
    """Each client of a test is served by middleware of its own, which would look for all static files once more."""
    look = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}  # by their address

    def look_once(self: Any) -> None:
        collected, self.files = self.files, {}
        if self.static_prefix not in found:
            look(self)
            found[self.static_prefix] = self.files
        self.files = collected | found[self.static_prefix]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.fixture(autouse=True)
def fresh_memory() -> None:
    """What a process remembers of the database (keys, policies, clients, habits, revocations) belongs to one test."""
    forget_keys()
    forget_policies()
    forget_sources()
    forget_catalog()
    forget_clients()
    forget_learned()
    REVOCATIONS.forget()


@pytest.fixture
def call() -> CallContext:
    """The context of a call by the gateway itself, now."""
    return CallContext(caller=system_caller("tests"), now=clock.now(), trace_id=new_id())


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is; a test that uses it carries the marker `browser`."""
    path = find_chromium()
    assert path is not None, "mark the test with pytest.mark.browser"
    return path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The gateway and its channel apps, each on a port of its own; shared by all: each test brings its own visitors."""
    with run_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running

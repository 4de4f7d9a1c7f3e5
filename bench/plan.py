"""What is run: the servers, what each takes part in, how often; and the goals the figures are held to."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.chains import UNHURRIED_DECISION
from bench.consents import OPERATIONS as CONSENTS
from bench.consents import UNHURRIED_CHECK
from bench.peers.dot.server import start_toolkit
from bench.peers.gateway.server import start_gateway
from bench.peers.oidc_provider.server import start_oidc_provider
from bench.servers import Surroundings
from bench.target import Target
from config.supervisor.processes import Child

GATEWAY = "Throughline"
OIDC_MEMORY = "oidc-provider, memory"
OIDC_REDIS = "oidc-provider, Redis"
DOT_TUNED = "toolkit, tuned"
DOT_PLAIN = "toolkit, as shipped"

ALWAYS = "every round"
ONCE = "one round"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to measure: `thorough` names the operations that take part in every round; the others in one."""

    name: str
    start: Callable[[Surroundings], tuple[Child, Target]]
    thorough: frozenset[str]
    without: frozenset[str] = frozenset()
    database: str | None = None


_ALL = frozenset(
    {
        *("client credentials", "code → token", "refresh", "introspection", "userinfo", "discovery"),
        "password sign-in",
    }
)
#: What no peer has in this form.
OWN = frozenset({"introspection of a refresh token", "handoff → session", "decision", UNHURRIED_DECISION, *CONSENTS})
#: With how many connections an operation is driven, where not with all.
CONNECTIONS_OF = {UNHURRIED_DECISION: 1, UNHURRIED_CHECK: 1}
PEERS = (
    Peer(GATEWAY, start_gateway, thorough=_ALL | OWN, database="gateway"),
    Peer(
        OIDC_MEMORY,
        lambda around: start_oidc_provider(around, store="memory"),
        thorough=frozenset({"client credentials"}),
        without=OWN | {"password sign-in"},
    ),
    Peer(
        OIDC_REDIS,
        lambda around: start_oidc_provider(around, store="redis"),
        thorough=_ALL - {"discovery", "client credentials"},
        without=OWN | {"password sign-in"},
    ),
    Peer(
        DOT_TUNED,
        lambda around: start_toolkit(around, tuned=True),
        thorough=frozenset({"client credentials"}),
        without=OWN,
        database="dot-tuned",
    ),
    Peer(
        DOT_PLAIN,
        lambda around: start_toolkit(around, tuned=False),
        thorough=frozenset(),
        without=OWN,
        database="dot-plain",
    ),
)


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio of the gateway to a peer that is to be reached in one run; `theirs` is what the peer does meanwhile."""

    id: str
    operation: str
    peer: str
    ratio: float
    theirs: str = ""


GOALS = (
    Goal("G1", "client credentials", OIDC_MEMORY, 1.0),
    Goal("G1", "client credentials", DOT_TUNED, 7.0),
    Goal("G2", "introspection", OIDC_REDIS, 1.25),
    Goal("G3", "refresh", OIDC_REDIS, 2.0),
    Goal("G4", "code → token", OIDC_REDIS, 2.0),
    Goal("G5", "decision", OIDC_REDIS, 1.25, theirs="introspection"),
    Goal("G7", "userinfo", OIDC_REDIS, 1.0),
)
SIGN_IN_GOAL = 0.85  # G8, of the machine's bare argon2id rate
FLOOD_GOAL = 2.0  # G9, token p99 with a flood of sign-ins, of the same without
DECISION_GOAL = 5.0  # G5, p99 in ms below saturation
CHECK_GOAL = 10.0  # G6, p99 in ms below saturation
TAIL_GOAL = 4.0  # G10, p99 / p50
TAIL_OPERATIONS = ("client credentials", "introspection", "decision")
SYNC_GOAL = 2000.0  # p95 in ms from the commit to applied at a connected system, at 100 changes a second

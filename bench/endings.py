"""From *end session* to the last relying party that has confirmed it, with the worker at work and nobody else."""

import time

from bench import chains
from bench.load import WrongAnswer, converse
from bench.parties import PARTIES, parties
from bench.peers.gateway.server import start_worker
from bench.results import Endings
from bench.rounds import Running, check_signatures
from bench.servers import Surroundings
from bench.target import Person

_PATIENCE = 20.0  # seconds; what is not confirmed by then counts as lost


def measure_endings(around: Surroundings, gateway: Running, *, samples: int) -> Endings:
    """End sessions in which every party takes part, one after the other. Raises WrongAnswer, OSError."""
    target = gateway.target
    start_worker(around, target.env)
    with parties() as tokens:
        _end_one(around, gateway, target.people[0])  # the worker has started when this one is confirmed
        taken = [_end_one(around, gateway, target.people[number % len(target.people)]) for number in range(samples)]
        check_signatures(target, tokens[-10:])
        told = len(tokens)
    ended = sorted(each for each in taken if each is not None)
    if not ended:
        raise WrongAnswer("no session that ended was confirmed by all parties")
    return Endings(
        parties=len(PARTIES),
        samples=samples,
        lost=samples - len(ended),
        told=told - len(PARTIES),
        p50=1000 * ended[len(ended) // 2],
        p99=1000 * ended[min(len(ended) - 1, int(len(ended) * 0.99))],
    )


def _end_one(around: Surroundings, gateway: Running, person: Person) -> float | None:
    """Seconds until the last confirmation was written down, by one clock; None when one was not."""
    target, browser = gateway.target, chains.Browser(person)
    tokens = [converse(target.address, chains.tokens_of(target.as_client(each), browser)) for each in target.parties]
    access_token = tokens[-1]["access_token"]
    sid = chains.claims_of(access_token)["sid"]
    began = time.time()
    converse(target.address, chains.end_session(target, sid, access_token))
    while time.time() - began < _PATIENCE:
        with around.connect(gateway.database or "") as connection:
            found = connection.execute(
                "SELECT count(*), extract(epoch FROM max(confirmed_at)) FROM sync_delivery "
                "WHERE session = %s AND state = 'confirmed'",
                [sid],
            ).fetchone()
        if found and found[0] == len(PARTIES):
            return float(found[1]) - began
        time.sleep(0.1)  # seldom, for looking costs time on the machine that is measured
    return None

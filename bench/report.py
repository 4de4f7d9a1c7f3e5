"""docs/benchmarks.md, written from the results of one run."""

from bench.chains import UNHURRIED_DECISION
from bench.consents import CHECKED, UNHURRIED_CHECK
from bench.consents import OPERATIONS as CONSENTS
from bench.operations import OPERATIONS
from bench.plan import (
    CHECK_GOAL,
    DECISION_GOAL,
    DOT_PLAIN,
    DOT_TUNED,
    FLOOD_GOAL,
    GATEWAY,
    GOALS,
    OIDC_MEMORY,
    OIDC_REDIS,
    PEERS,
    SIGN_IN_GOAL,
    SYNC_GOAL,
    TAIL_GOAL,
    TAIL_OPERATIONS,
)
from bench.results import Results
from bench.rounds import Round

NOTES = "<!-- notes: written by hand, kept by `make bench` -->"
_HEADING = """# How fast it is

What follows, down to the notes, is written by `make bench`: this gateway beside django-oauth-toolkit and panva's
oidc-provider, in one run on one machine. Absolute figures drift between machines and hours; **compare ratios**.
"""
_OF_LOAD = "(a server and its load make about 2; more means that others were at work on the machine)"
_HOW = """## How it is measured

* Each server alone on one core: granian with one worker (16 threads for the gateway, 8 for the toolkit), node with one
  process. PostgreSQL (commits reach the disk), Valkey and the load share the other core.
* {connections} keep-alive connections, each with its own chain of requests; interleaved rounds of {seconds:g} s after
  a warm-up; medians over the rounds. Peers take part in every round where a goal names them, else in one.
* The load is `bench/load.py`: raw sockets and epoll in one Python thread. Against an empty WSGI application it makes
  20 000 requests a second, at 17 µs each; an HTTP library, or autocannon in node, would be what is measured.
* Every answer is checked for status and shape, one in 128 as a whole; a sample of tokens is verified against the
  published keys. One wrong answer makes a round void.
* The gateway runs as in production: every token leaves its line in the journal, sessions, policies, revocation and rate
  limits are asked. Only the limits themselves are set out of reach, and the log is at WARNING: peers log nothing.
* `oidc-provider` compares secrets in clear and is not durable with either adapter; for client credentials it issues
  ES256 JWTs like ours, elsewhere opaque tokens. The toolkit issues opaque tokens; *tuned* means SHA-256 for client
  secrets, connections that stay, argon2id for passwords.
* A decision is made in a session that was proved just before, for a resource server with a token of its own: session,
  habits, risks, consent and policy are looked at, and the line with all of it is in the journal before the answer.
* The register of consent holds what two customers chose, copied for all the others; whom a check is about is drawn anew
  each time. A choice is a customer's, with her own token: event, journal line and the state that follows, durable.
* A handoff is two requests, the ticket and its redemption, by two clients over JSON. Look-ups are timed in a process
  apart, on the server's core. For endings a worker stands beside the web server on that core; relying parties are a
  small server on the other one, and what counts is the instant at which the last confirmation was written down.
* Changes for a connected system are names of customers, written by the gateway's own deeds in a process on the
  server's core beside the worker; the receiver is a process on the other one, which verifies each signature and
  answers that it is done. Both read one clock; a change begins when its line goes into the journal, before the commit.
* CPU is user and system time of the server's processes for one operation; *database* that of PostgreSQL.
  Statements are what PostgreSQL counted for one operation, without BEGIN and COMMIT.
"""


def write(results: Results, *, seconds: float, connections: int, notes: str) -> str:
    """The whole document."""
    parts = [
        _HEADING,
        _about(results),
        "## Goals\n\n" + _goals(results),
        "## Operations per second\n\n" + _rates(results),
        "## Latency, CPU and statements of the gateway\n\n" + _costs(results),
        "## Sessions\n\n" + _sessions(results),
        "## Consent\n\n" + _consent(results),
        "## Connected systems\n\n" + _synced(results),
        "## CPU of the peers\n\n" + _peer_costs(results),
        _HOW.format(seconds=seconds, connections=connections),
        _void(results),
        NOTES + "\n" + notes.strip() + "\n",
    ]
    return "\n".join(part for part in parts if part)


def _about(results: Results) -> str:
    machine, versions = results.machine, results.versions
    lines = [
        f"* Run: {results.began}, {results.seconds / 60:.0f} minutes, `{results.command}`",
        f"* Machine: {', '.join(f'{name} {value}' for name, value in machine.items())}",
        f"* Versions: {', '.join(f'{name} {value}' for name, value in versions.items())}",
        f"* Load average at the end of a round, at most: {results.busiest():.1f} {_OF_LOAD}",
    ]
    lines += [f"* Left out: {name}: {reason}" for name, reason in results.missing.items()]
    return "\n".join(lines) + "\n"


def _goals(results: Results) -> str:
    rows = [["goal", "what", "wanted", "found", ""]]
    for goal in GOALS:
        ratio = results.ratio(GATEWAY, goal.peer, goal.operation, goal.theirs)
        what = f"{goal.operation}, of {f'{goal.theirs} at ' if goal.theirs else ''}{goal.peer}"
        rows.append([goal.id, what, f"≥ {goal.ratio:g} ×", _times(ratio), _verdict(ratio and ratio >= goal.ratio)])
    rows += [
        _decision_goal(results),
        _check_goal(results),
        _sign_in_goal(results),
        _flood_goal(results),
        *_tail_goals(results),
    ]
    return _table(rows)


def _decision_goal(results: Results) -> list[str]:
    found = results.median(GATEWAY, UNHURRIED_DECISION)
    told = f"{found.p99:.1f} ms" if found else "–"
    verdict = _verdict(found and found.p99 <= DECISION_GOAL)
    return ["G5", "p99 of a decision, below saturation", f"≤ {DECISION_GOAL:g} ms", told, verdict]


def _check_goal(results: Results) -> list[str]:
    found = results.median(GATEWAY, UNHURRIED_CHECK)
    what = f"p99 of a consent check, 20 items of {_count(results.subjects)} customers, below saturation"
    verdict = _verdict(found and found.p99 <= CHECK_GOAL)
    return ["G6", what, f"≤ {CHECK_GOAL:g} ms", f"{found.p99:.1f} ms" if found else "–", verdict]


def _sign_in_goal(results: Results) -> list[str]:
    found = results.median(GATEWAY, "password sign-in")
    ratio = found.per_second / results.argon2_per_second if found and results.argon2_per_second else None
    what = f"password sign-in, of bare argon2id ({results.argon2_per_second:.0f}/s)"
    return ["G8", what, f"≥ {SIGN_IN_GOAL:g} ×", _times(ratio), _verdict(ratio and ratio >= SIGN_IN_GOAL)]


def _flood_goal(results: Results) -> list[str]:
    flood = results.flood
    if flood is None:
        return ["G9", "token p99 during a flood of sign-ins", f"≤ {FLOOD_GOAL:g} ×", "–", "not measured"]
    ratio = flood.flooded_p99 / flood.quiet_p99
    found = (
        f"{ratio:.2f} × ({flood.flooded_p99:.1f} of {flood.quiet_p99:.1f} ms; {flood.flooded_rate:.0f} of "
        f"{flood.quiet_rate:.0f} tokens/s beside {flood.sign_ins:.0f} sign-ins/s)"
    )
    return ["G9", "token p99 during a flood of sign-ins", f"≤ {FLOOD_GOAL:g} ×", found, _verdict(ratio <= FLOOD_GOAL)]


def _tail_goals(results: Results) -> list[list[str]]:
    rows = []
    for operation in TAIL_OPERATIONS:
        found = results.median(GATEWAY, operation)
        ratio = found.p99 / found.p50 if found else None
        verdict = _verdict(ratio and ratio <= TAIL_GOAL)
        rows.append(["G10", f"p99 / p50, {operation}", f"≤ {TAIL_GOAL:g}", f"{ratio:.1f}" if ratio else "–", verdict])
    return rows


def _rates(results: Results) -> str:
    order = (GATEWAY, OIDC_MEMORY, OIDC_REDIS, DOT_TUNED, DOT_PLAIN)
    present = [name for name in order if name in {peer.name for peer in PEERS}]
    rows = [["operation", *present]]
    for operation in OPERATIONS:
        cells = [_rate(results.median(peer, operation)) for peer in present]
        if any(cell != "–" for cell in cells):
            rows.append([operation, *cells])
    return _table(rows)


def _costs(results: Results) -> str:
    rows = [["operation", "p50 ms", "p99 ms", "server CPU ms", "database CPU ms", "statements"]]
    for operation in OPERATIONS:
        found = results.median(GATEWAY, operation)
        if found:
            statements = results.statements.get((GATEWAY, operation))
            figures = [f"{found.p50:.2f}", f"{found.p99:.2f}", f"{found.server_cpu:.2f}", f"{found.database_cpu:.2f}"]
            rows.append([operation, *figures, "–" if statements is None else f"{statements:.1f}"])
    return _table(rows)


def _sessions(results: Results) -> str:
    rows = [["look-up, inside the process", "p50 µs", "p99 µs", "statements"]]
    rows += [[each.what, f"{each.p50:.1f}", f"{each.p99:.1f}", f"{each.statements:g}"] for each in results.lookups]
    lookups = _table(rows) if results.lookups else "Look-ups were not measured.\n"
    return f"{lookups}\n{_ending(results)}\n"


def _consent(results: Results) -> str:
    rows = [["operation", "per second", "p50 ms", "p95 ms", "p99 ms"]]
    for operation in CONSENTS:
        if found := results.median(GATEWAY, operation):
            figures = [f"{each:.2f}" for each in (found.p50, found.p95, found.p99)]
            rows.append([operation, f"{found.per_second:.0f}", *figures])
    if written := results.written:
        what = f"{CHECKED}, beside {written.choices:.0f} choices a second"
        figures = [f"{each:.2f}" for each in (written.p50, written.p95, written.p99)]
        rows.append([what, f"{written.per_second:.0f}", *figures])
    if len(rows) == 1:
        return "Checks of consent were not measured.\n"
    return f"The register holds {_count(results.subjects)} customers; each item is about another one.\n\n{_table(rows)}"


def _count(subjects: int) -> str:
    return f"{subjects:,}".replace(",", " ")


def _ending(results: Results) -> str:
    found = results.endings
    if found is None:
        return "How soon relying parties hear of an ended session was not measured."
    lost = f"; {found.lost} were not confirmed by all of them" if found.lost else ""
    return (
        f"From *end session* to the last confirmation by {found.parties} relying parties, {found.samples} sessions one "
        f"after the other, web and worker on one core: p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms{lost}."
    )


def _synced(results: Results) -> str:
    found = results.synced
    if found is None:
        return "How soon a connected system has applied a change was not measured.\n"
    lost = f"; {found.lost} did not arrive" if found.lost else ""
    return (
        f"From the commit of a change to *applied* at the receiver of a signed webhook, {found.changes} changes at "
        f"{found.pace} a second: p50 {found.p50:.0f} ms, p95 {found.p95:.0f} ms (wanted: {SYNC_GOAL:g} ms at most), "
        f"p99 {found.p99:.0f} ms{lost}. Of {found.burst} changes at once {found.burst_rate:.0f} a second were applied, "
        "end to end, with those who write them on the same core as the worker; each took "
        f"{found.worker_cpu:.1f} ms of the worker's CPU and {found.database_cpu:.1f} ms of PostgreSQL's, with "
        f"writing it. Load average at the end: {found.busy:.1f}.\n"
    )


def _peer_costs(results: Results) -> str:
    peers = (OIDC_MEMORY, OIDC_REDIS, DOT_TUNED, DOT_PLAIN)
    rows = [["operation, server CPU ms (statements)", *peers]]
    for operation in OPERATIONS:
        cells = []
        for peer in peers:
            found, statements = results.median(peer, operation), results.statements.get((peer, operation))
            counted = f" ({statements:.0f})" if statements is not None else ""
            cells.append(f"{found.server_cpu:.2f}{counted}" if found else "–")
        if any(cell != "–" for cell in cells):
            rows.append([operation, *cells])
    return _table(rows)


def _void(results: Results) -> str:
    faults = results.faults()
    return "## Rounds that do not count\n\n" + "".join(f"* {each}\n" for each in faults) if faults else ""


def _rate(found: Round | None) -> str:
    if found is None:
        return "–"
    return f"{found.per_second:.1f}" if found.per_second < 100 else f"{found.per_second:.0f}"


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f} ×"


def _verdict(reached: object) -> str:
    if reached is None:
        return "not measured"
    return "reached" if reached else "**missed**"


def _table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join('---' for _ in head)}|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in body)]) + "\n"

"""The whole test suite: everything on PostgreSQL, a smaller proof on SQLite, one closing line for both.

What is marked `soak` repeats a test at length, what is marked `faults` kills and floods; they have commands of their
own, `make soak` and `make test-faults`.

python -m scripts.suite [further pytest arguments]
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.testbed import pytest_running, raise_on_termination, run_pytest, servers
from scripts.throwaway_postgres import NoPostgres

_NOTHING_COLLECTED = 5  # pytest's exit code
_REPORT = ["-q", "-rfEs", "--no-fold-skipped"]


@dataclass(frozen=True, slots=True)
class Part:
    """One run of pytest."""

    title: str
    arguments: tuple[str, ...]


_SHORT = "not soak and not faults"
_TWO = ("-n", "2", "--no-loadscope-reorder")  # tests/conftest.py says what goes first
_WITH_SERVERS = Part(
    "PostgreSQL, with servers of their own", ("-m", f"servers and {_SHORT}", *_TWO, "--dist", "loadfile")
)
_ON_POSTGRESQL = Part("PostgreSQL, two at a time", ("-m", f"not servers and {_SHORT}", *_TWO, "--dist", "loadfile"))
_ON_SQLITE = Part("SQLite, beside the others", ("-m", f"sqlite and {_SHORT}"))


def run_suite(further: Sequence[str]) -> Counter[str]:
    """Run every part and add the counts up; a part that broke off counts as one failure.

    Those with servers of their own, which wait for one another, have the machine to themselves.
    """
    counts: Counter[str] = Counter(passed=0, failed=0, skipped=0)
    with servers(sqlite=False) as environment:
        counts.update(_run(_WITH_SERVERS, further, environment))
        with _beside(_ON_SQLITE, further) as finish:
            counts.update(_run(_ON_POSTGRESQL, further, environment))
            counts.update(finish())
    return counts


def _run(part: Part, further: Sequence[str], environment: dict[str, str]) -> dict[str, int]:
    _announce(part)
    code = run_pytest(_arguments(part, further), environment | _counts_go_to(environment))
    return _counted(part, environment, code)


@contextmanager
def _beside(part: Part, further: Sequence[str]) -> Iterator[Callable[[], dict[str, int]]]:
    """A part on SQLite that runs while another does; calling what is given waits for it and prints what it said."""
    with servers(sqlite=True) as environment, tempfile.TemporaryFile("w+") as said:
        settings = environment | _counts_go_to(environment)
        with pytest_running(_arguments(part, further), settings, said) as process:

            def finish() -> dict[str, int]:
                code = process.wait()
                _announce(part)
                said.seek(0)
                print(said.read(), flush=True)
                return _counted(part, environment, code)

            yield finish


def _announce(part: Part) -> None:
    print(f"\n=== {part.title} ===", flush=True)


def _arguments(part: Part, further: Sequence[str]) -> list[str]:
    return [*_REPORT, *part.arguments, *further]


def _counts_go_to(environment: dict[str, str]) -> dict[str, str]:
    place = Path(environment["DATA_DIR"]) / "counts.json"
    place.unlink(missing_ok=True)
    return {"TEST_COUNTS_FILE": str(place)}


def _counted(part: Part, environment: dict[str, str], code: int) -> dict[str, int]:
    place = Path(environment["DATA_DIR"]) / "counts.json"
    counts: dict[str, int] = json.loads(place.read_text()) if place.exists() else {}
    if code not in (0, _NOTHING_COLLECTED) and not counts.get("failed"):
        print(f"The run on {part.title} broke off with exit code {code}.", file=sys.stderr)
        counts["failed"] = 1
    return counts


def main() -> int:
    """Run the suite; 0 only when something passed and nothing failed."""
    raise_on_termination()
    try:
        counts = run_suite(sys.argv[1:])
    except NoPostgres as error:
        print(f"suite: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\n{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())

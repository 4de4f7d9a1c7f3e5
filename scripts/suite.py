"""The whole test suite: everything on PostgreSQL, a smaller proof on SQLite, one closing line for both.

What is marked `soak` repeats a test at length, what is marked `faults` kills and floods; they have commands of their
own, `make soak` and `make test-faults`.

python -m scripts.suite [further pytest arguments]
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.testbed import raise_on_termination, run_pytest, servers
from scripts.throwaway_postgres import NoPostgres

_NOTHING_COLLECTED = 5  # pytest's exit code
_REPORT = ["-q", "-rfEs", "--no-fold-skipped"]


@dataclass(frozen=True, slots=True)
class Part:
    """One run of pytest."""

    title: str
    arguments: tuple[str, ...]


_SHORT = "not soak and not faults"
_ON_POSTGRESQL = (
    Part("PostgreSQL, two at a time", ("-m", f"not servers and {_SHORT}", "-n", "2", "--dist", "loadfile")),
    Part(
        "PostgreSQL, with servers of their own",
        ("-m", f"servers and {_SHORT}", "-n", "2", "--dist", "loadgroup"),
    ),
)
_ON_SQLITE = (Part("SQLite", ("-m", f"sqlite and {_SHORT}")),)


def run_suite(further: Sequence[str]) -> Counter[str]:
    """Run every part and add the counts up; a part that broke off counts as one failure."""
    counts: Counter[str] = Counter(passed=0, failed=0, skipped=0)
    for sqlite, parts in ((False, _ON_POSTGRESQL), (True, _ON_SQLITE)):
        with servers(sqlite=sqlite) as environment:
            for part in parts:
                print(f"\n=== {part.title} ===", flush=True)
                counts.update(_run(part, further, environment))
    return counts


def _run(part: Part, further: Sequence[str], environment: dict[str, str]) -> dict[str, int]:
    place = Path(environment["DATA_DIR"]) / "counts.json"
    place.unlink(missing_ok=True)
    code = run_pytest([*_REPORT, *part.arguments, *further], environment | {"TEST_COUNTS_FILE": str(place)})
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

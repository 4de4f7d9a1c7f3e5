"""The report of a trial: a page of Markdown with tables, and the reliability diagram as SVG."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assurance.simulation.people import Setting
from assurance.simulation.results import Results
from assurance.simulation.visits import LOOKS, Learned

_SIZE, _MARGIN = 360, 40


@dataclass(frozen=True, slots=True)
class Trials:
    """What a report is about: the judge as it is delivered, and after outcomes of a first population taught it.

    The second judge is tried on a population that it has not learned from.
    """

    setting: Setting
    delivered: Results
    taught: Results
    learned: Learned


def write_report(trials: Trials, *, folder: Path) -> Path:
    """Write `simulation.md` and `simulation.svg` into a folder; the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "simulation.svg").write_text(draw_reliability(trials.delivered), encoding="utf-8")
    page = folder / "simulation.md"
    page.write_text(render(trials), encoding="utf-8")
    return page


def render(trials: Trials) -> str:
    """The report in Markdown."""
    return "\n".join(
        [*_delivered(trials), *_taught(trials), "## What was assumed", "", *_assumptions(trials.setting), ""]
    )


def _delivered(trials: Trials) -> Iterable[str]:
    setting, results = trials.setting, trials.delivered
    return (
        "# The judge on people who do not exist",
        "",
        f"Made by `manage.py simulate --people {setting.people} --visits {setting.visits} --seed {setting.seed}`;",
        "the same command makes the same page. Who really comes is known, so the judge can be judged. What it cannot",
        "show is how real people and real thieves behave: the shares and chances below are assumptions.",
        "",
        "## Calibration",
        "",
        f"{results.visits} visits got as far as a session, {results.customers} of them by the customer herself.",
        f"{results.reports} confidences were reported, step-ups included.",
        f"**Expected calibration error: {results.ece:.4f}** (goal: at most .02).",
        "",
        "![Reliability diagram](simulation.svg)",
        "",
        *_bins(results),
        "",
        "## Mistakes and questions, beside two static policies",
        "",
        *_policies(results),
        "",
        *_visitors(results),
        "",
    )


def _taught(trials: Trials) -> Iterable[str]:
    return (
        "## After outcomes have taught it",
        "",
        "Every outcome of that population is reported, `manage.py reestimate --apply` runs four times, and the judge",
        f"is tried on another population. The most it reports is then {trials.learned.ceiling:.4f}.",
        f"**Expected calibration error: {trials.taught.ece:.4f}.**",
        "",
        *_bins(trials.taught),
        "",
        *_policies(trials.taught),
        "",
    )


def _bins(results: Results) -> Iterable[str]:
    yield "| reported | times | reported on average | really the customer |"
    yield "|---|---:|---:|---:|"
    for each in results.bins:
        yield f"| {each.low:.3f} to {each.high:.3f} | {each.reports} | {each.reported:.4f} | {each.true:.4f} |"


def _policies(results: Results) -> Iterable[str]:
    yield "| policy | impostors let through | customers asked | customers turned away | step-ups per 1 000 journeys |"
    yield "|---|---:|---:|---:|---:|"
    for each in results.policies:
        yield (
            f"| {each.name} | {each.false_accepts:.2%} | {each.false_step_ups:.2%} | {each.turned_away:.2%} "
            f"| {each.step_ups_per_thousand:.0f} |"
        )


def _visitors(results: Results) -> Iterable[str]:
    yield "| who came | visits | got what was asked | confidence on average |"
    yield "|---|---:|---:|---:|"
    for name, count, through, mean in results.by_visitor:
        yield f"| {name} | {count} | {through:.2%} | {mean:.4f} |"


def _assumptions(setting: Setting) -> Iterable[str]:
    yield f"{setting.shared_households:.0%} of the people share a device, {setting.two_step:.0%} have an app for codes;"
    yield f"{setting.by_mailed_code:.0%} of their visits begin with a mailed code. Of thefts, swapped cards and bots"
    yield f"{setting.risk_is_known:.0%} are known as standing risks."
    yield ""
    yield "| who comes | share of visits | signs in | second factor | on her device | at her place |"
    yield "|---|---:|---:|---:|---:|---:|"
    for visitor, share in setting.shares:
        looks = LOOKS[visitor]
        yield (
            f"| {visitor.value} | {share:.1%} | {looks.signs_in:.0%} | {looks.passes_second_factor:.0%} "
            f"| {looks.on_known_device:.0%} | {looks.at_usual_place:.0%} |"
        )


def draw_reliability(results: Results) -> str:
    """The reliability diagram: what was reported against what was true; on the diagonal is right."""
    span = _SIZE - 2 * _MARGIN

    def point(reported: float, true: float) -> tuple[float, float]:
        return _MARGIN + reported * span, _SIZE - _MARGIN - true * span

    circles = []
    for each in results.bins:
        x, y = point(each.reported, each.true)
        radius = 3 + 9 * (each.reports / results.reports) ** 0.5
        circles.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{each.reports} times: reported '
            f"{each.reported:.4f}, true {each.true:.4f}</title></circle>"
        )
    (x0, y0), (x1, y1) = point(0, 0), point(1, 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" role="img" '
        f'aria-label="Reliability diagram, expected calibration error {results.ece:.4f}">'
        f'<rect width="{_SIZE}" height="{_SIZE}" fill="#fff"/>'
        f'<g stroke="#888"><path d="M{x0} {y1}V{y0}H{x1}" fill="none"/>'
        f'<path d="M{x0} {y0}L{x1} {y1}" stroke-dasharray="4"/></g>'
        f'<g fill="#1f5fbf" fill-opacity=".7">{"".join(circles)}</g>'
        '<g font-family="system-ui" font-size="12" text-anchor="middle">'
        f'<text x="{_SIZE / 2}" y="{_SIZE - 10}">reported</text>'
        f'<text x="14" y="{_SIZE / 2}" transform="rotate(-90 14 {_SIZE / 2})">true</text></g>'
        "</svg>\n"
    )

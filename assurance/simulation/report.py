"""The report of a trial: a page of Markdown with tables, and the reliability diagram as SVG."""

from pathlib import Path

from assurance.simulation.people import Setting
from assurance.simulation.results import Results

_SIZE, _MARGIN = 360, 40


def write_report(results: Results, setting: Setting, *, folder: Path) -> Path:
    """Write `simulation.md` and `reliability.svg` into a folder; the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reliability.svg").write_text(draw_reliability(results), encoding="utf-8")
    page = folder / "simulation.md"
    page.write_text(render(results, setting), encoding="utf-8")
    return page


def render(results: Results, setting: Setting) -> str:
    """The report in Markdown."""
    shares = ", ".join(f"{visitor.value} {share:.1%}" for visitor, share in setting.shares)
    lines = [
        "# A simulated population",
        "",
        f"{setting.people} people, {results.visits} visits that got as far as a session, {results.customers} by",
        f"the customers themselves; seed {setting.seed}. Assumed shares of visits: {shares}.",
        "",
        f"**Expected calibration error: {results.ece:.4f}.**",
        "",
        "![Reliability diagram](reliability.svg)",
        "",
        "| reported | visits | reported on average | really the customer |",
        "|---|---:|---:|---:|",
        *(
            f"| {each.low:.3f} to {each.high:.3f} | {each.visits} | {each.reported:.4f} | {each.true:.4f} |"
            for each in results.bins
        ),
        "",
        "| policy | impostors let through | customers asked | customers turned away | step-ups per 1 000 visits |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {each.name} | {each.false_accepts:.2%} | {each.false_step_ups:.2%} | {each.turned_away:.2%} "
            f"| {each.step_ups_per_thousand:.0f} |"
            for each in results.policies
        ),
        "",
        "| who came | visits | got through | confidence on average |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {count} | {through:.2%} | {mean:.4f} |" for name, count, through, mean in results.by_visitor),
        "",
    ]
    return "\n".join(lines)


def draw_reliability(results: Results) -> str:
    """The reliability diagram: what was reported against what was true; on the diagonal is right."""
    span = _SIZE - 2 * _MARGIN

    def point(reported: float, true: float) -> tuple[float, float]:
        return _MARGIN + reported * span, _SIZE - _MARGIN - true * span

    circles = []
    for each in results.bins:
        x, y = point(each.reported, each.true)
        radius = 3 + 9 * (each.visits / results.visits) ** 0.5
        circles.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{each.visits} visits: reported '
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

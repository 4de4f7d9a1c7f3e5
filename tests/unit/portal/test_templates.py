import re
from pathlib import Path

import pytest

PORTAL = Path(__file__).parents[3] / "portal"
TEMPLATES = sorted((PORTAL / "templates").rglob("*.html"))
MAILS = sorted((PORTAL / "templates").rglob("email/*_message.txt"))
STYLE = (PORTAL / "static/portal/style.css").read_text()
OUR_SCRIPT = """<script src="{% static 'portal/passkeys.js' %}" defer></script>"""  # the one thing no page can do alone


def _named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(PORTAL))) for path in paths]


@pytest.mark.parametrize("template", _named(TEMPLATES))
def test_a_page_carries_no_inline_style_script_or_handler(template: Path) -> None:
    text = template.read_text().replace(OUR_SCRIPT, "")
    for forbidden in (r"<script", r"<style", r"\sstyle=", r"\son[a-z]+=", r"javascript:", r"https?://"):
        assert not re.search(forbidden, text), forbidden


@pytest.mark.parametrize("mail", _named(MAILS))
def test_a_mail_links_only_to_the_configured_address(mail: Path) -> None:
    text = mail.read_text()
    for forbidden in ("site_domain", "current_site", "request", "_url }}", "http"):
        assert forbidden not in text, forbidden


def test_colors_are_written_in_the_tokens_only() -> None:
    components = STYLE[STYLE.index("/* --- The page") :]
    components = components[: components.index("@media print")].replace("background: #fff; border: var(--hairline)", "")
    assert not re.findall(r"#[0-9a-f]{3,8}\b", components), "a QR code alone needs white paper"


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))


def _luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(each * 2 for each in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


LIGHT, DARK = (_tokens(block) for block in STYLE.split("@media (prefers-color-scheme: dark)")[:2])


@pytest.mark.parametrize("scheme", [pytest.param(LIGHT, id="light"), pytest.param(LIGHT | DARK, id="dark")])
def test_text_has_four_and_a_half_to_one_and_controls_three_to_one(scheme: dict[str, str]) -> None:
    for paper in ("paper", "paper-raised"):
        for ink in ("ink", "ink-soft", "accent", "accent-strong", "good", "warn", "bad", "info"):
            assert _contrast(scheme[ink], scheme[paper]) >= 4.5, (ink, paper)
        assert _contrast(scheme["line-control"], scheme[paper]) >= 3, paper
    for accent in ("accent", "accent-strong"):
        assert _contrast(scheme["on-accent"], scheme[accent]) >= 4.5

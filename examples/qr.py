"""QR codes as SVG, drawn here: nobody else learns the address."""

import segno
from markupsafe import Markup


def draw_qr(text: str) -> Markup:
    """A picture of `text` for a camera, to put into a page."""
    return Markup(segno.make(text, error="m").svg_inline(border=2, svgclass="qr", omitsize=True, title="QR code"))  # noqa: S704  drawn by us

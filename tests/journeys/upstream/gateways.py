"""How operators of both sides make them known to each other, and how a person goes from one to the other."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Page, Visitor


@dataclass(frozen=True)
class Registered:
    """A provider that a gateway knows; `operator` is signed in at its admin."""

    gateway: RunningDemo
    slug: str
    title: str
    operator: Visitor

    def switch(self, *, on: bool) -> None:
        """Tick or clear its box in the admin."""
        listed = self.operator.open(f"{self.gateway.issuer}/admin/accounts/upstreamprovider/")
        link = next(link for link in listed.links if link.endswith("/change/"))
        form = self.operator.open(urljoin(listed.url, link)).form("client_id")
        form.fields.pop("enabled", None)  # a browser sends a box only when it is ticked
        page = self.operator.submit(form, **({"enabled": "on"} if on else {}))
        assert "was changed successfully" in page.text, page.text


def register_at(gateway: RunningDemo, *, callback: str) -> tuple[str, str]:
    """Register a client by the operators' document; its id and secret."""
    document = Path(gateway.logs) / "relying-party.yaml"
    document.write_text(
        "clients:\n"
        "  relying-party:\n"
        "    name: The other gateway\n"
        "    channel: web\n"
        f"    redirect_uris: ['{callback}']\n"
        "    scopes: [openid, profile, email]\n"
        "    default_scopes: [openid]\n"
    )
    said = gateway.manage("policy", "apply", str(document))
    found = re.search(r"relying-party\S*[^\n]*?(\S{30,})\s*$", said, re.MULTILINE)
    assert found, said
    return "relying-party", found[1]


def configure_at(gateway: RunningDemo, *, slug: str, issuer: str, client_id: str, secret: str) -> Registered:
    """Write the provider down in the admin, as the admin operator."""
    operator = Visitor()
    operator.open(f"{gateway.issuer}/admin/")
    answer_pages(operator, gateway.demo["operators"]["admin"])
    page = operator.open(f"{gateway.issuer}/admin/accounts/upstreamprovider/add/")
    page = operator.submit(
        page.form("slug", "issuer"),
        slug=slug,
        name=slug.title(),
        issuer=issuer,
        client_id=client_id,
        new_secret=secret,
        scopes="openid profile email",
        enabled="on",
    )
    assert "was added successfully" in page.text, page.text
    assert "cannot be used" not in page.text, page.text
    assert secret not in page.text
    return Registered(gateway, slug, slug.title(), operator)


def press_button(visitor: Visitor, provider: Registered) -> str:
    """Press the provider's button on the page one stands on; the address the browser is sent on to."""
    page = visitor.submit(visitor.page.form(action=f"/accounts/upstream/{provider.slug}/login/"))
    assert page.status == 200, page.text
    return next(link for link in page.links if "code_challenge=" in link)


def come_in_through(visitor: Visitor, provider: Registered, person: dict[str, Any]) -> Page:
    """From a page with the button to wherever the visit ends, by way of the provider's own pages."""
    there = press_button(visitor, provider)
    callback = f"{provider.gateway.issuer}/accounts/upstream/{provider.slug}/callback/"
    visitor.open(there, stop_at=callback)
    answer_pages(visitor, person, stop_at=callback)
    return visitor.open(visitor.last_address)

"""A person at a browser without JavaScript: follows links and redirects, fills in forms, keeps cookies.

Like a browser, one jar serves every port of a host; unlike one, she stops where she is told to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

REDIRECTS_AT_MOST = 20
_TICKED = ("checkbox", "radio")


@dataclass
class Form:
    """One form of a page: where it goes, what it already holds, and what its buttons would add."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        """Whether every name is a field, or a named button, of this form."""
        return set(names) <= {*self.fields, *(name for name, _ in self.buttons)}


class _Reader(HTMLParser):
    """Collects forms, links and the text of elements with an id."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.texts: dict[str, str] = {}
        self.words: list[str] = []
        self._open_form: Form | None = None
        self._open_id: tuple[str, str] | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag in ("style", "script", "title"):
            self._silent += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if values.get("id") and self._open_id is None and tag not in ("input", "form"):
            self._open_id = (tag, values["id"])
            self.texts[values["id"]] = ""
        if tag == "form":
            self._open_form = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._open_form)
        elif self._open_form is not None:
            self._add_control(tag, values)

    def _add_control(self, tag: str, values: Mapping[str, str]) -> None:
        assert self._open_form is not None
        name, kind = values.get("name", ""), values.get("type", "")
        if tag == "button" or (tag == "input" and kind == "submit"):
            self._open_form.buttons.append((name, values.get("value", "")))
        elif tag in ("input", "textarea", "select") and name and (kind not in _TICKED or "checked" in values):
            self._open_form.fields[name] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "title"):
            self._silent -= 1
        if tag == "form":
            self._open_form = None
        if self._open_id and tag == self._open_id[0]:
            self._open_id = None

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
        if self._open_id:
            self.texts[self._open_id[1]] += data


class Page:
    """Where the visitor stands: address, status, text, forms, links; `at("email")` is the text of an element id."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self.url = response.url
        self.status = response.status_code
        reader = _Reader()
        if "html" in response.headers.get("Content-Type", ""):
            reader.feed(response.text)
        self.forms, self.links, self._texts = reader.forms, reader.links, reader.texts
        self.text = " ".join(" ".join(reader.words).split())

    def at(self, element_id: str) -> str:
        """The text inside the element of that id."""
        return " ".join(self._texts[element_id].split())

    def has(self, element_id: str) -> bool:
        """Whether the page has an element of that id."""
        return element_id in self._texts

    def form(self, *names: str, action: str = "") -> Form:
        """The first form with all these fields whose address contains `action`."""
        for form in self.forms:
            if form.has(*names) and action in form.action:
                return form
        raise AssertionError(f"no form with {names} {action} on {self.url} ({self.status}): {self.text[:600]}")


class Visitor:
    """One person, one browser."""

    def __init__(self, *, accept_language: str = "en") -> None:
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.browser.headers.update({"User-Agent": "Mozilla/5.0 (a visitor)", "Accept-Language": accept_language})
        self.trail: list[str] = []
        self.page: Page

    def open(self, url: str, *, stop_at: str | None = None) -> Page:
        """Go to an address and follow redirects; with `stop_at`, stop before an address that begins so."""
        return self._go("GET", url, stop_at=stop_at)

    def submit(self, form: Form, *, stop_at: str | None = None, **values: str) -> Page:
        """Fill in a form of the current page and send it, as its button would."""
        data = form.fields | values
        target = urljoin(self.page.url, form.action or self.page.url)
        return self._go(form.method.upper(), target, data=data, stop_at=stop_at)

    def _go(self, method: str, url: str, *, data: Mapping[str, str] | None = None, stop_at: str | None) -> Page:
        source = _source_of(self.page.response) if hasattr(self, "page") else {}
        for _ in range(REDIRECTS_AT_MOST):
            self.trail.append(url)
            if stop_at and url.startswith(stop_at):
                return self.page
            headers = source if method == "POST" else {}
            response = self.browser.request(
                method,
                url,
                data=data if method == "POST" else None,
                params=data if method == "GET" else None,
                headers=headers,
                allow_redirects=False,
                timeout=30,
            )
            self.page = Page(response)
            if response.status_code not in (301, 302, 303, 307, 308):
                return self.page
            if response.status_code not in (307, 308):
                method, data = "GET", None
            url = urljoin(response.url, response.headers["Location"])
        raise AssertionError(f"going round in circles: {self.trail[-REDIRECTS_AT_MOST:]}")

    @property
    def last_address(self) -> str:
        """The last address she was sent to, whether or not she went there."""
        return self.trail[-1]


def _source_of(response: requests.Response) -> dict[str, str]:
    """What a browser says about the page that holds the form: nothing but `Origin: null` if that page forbids it."""
    if response.headers.get("Referrer-Policy") == "no-referrer":
        return {"Origin": "null"}
    return {"Origin": "/".join(response.url.split("/")[:3]), "Referer": response.url}

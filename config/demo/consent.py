"""What the demo asks its customers for: purposes, the notice about them in three versions, and who works with data.

Also what Ana has said so far.
"""

from typing import Any, Final

from consent.queries import list_history, present_catalog
from consent.services import apply_catalog, record_choices
from consent.types import Action, Choice, NoticeRef, Tier
from kit.call import CallContext

NOTICE: Final = NoticeRef("privacy", 3, "en")
_EXPLAINED: Final = [
    *("service", "marketing", "marketing.email", "marketing.sms", "personalization", "analytics"),
    *("ai.assistance", "ai.training"),
]
_OPT_IN: Final = {"notice": "privacy", "ttl": "730d"}


def _texts(en: tuple[str, str, str], de: tuple[str, str, str]) -> dict[str, dict[str, str]]:
    names = ("title", "description", "data")
    return {"en": dict(zip(names, en, strict=True)), "de": dict(zip(names, de, strict=True))}


PURPOSES: Final[dict[str, dict[str, Any]]] = {
    "service": {
        "legal_basis": "contract",
        "notice": "privacy",
        "needs": ["name", "email", "email_verified", "phone_number", "phone_number_verified"],
        "agent_allowed": True,
        "texts": _texts(
            ("Your account and orders", "We run your account and deliver what you order.", "Contact data and orders."),
            ("Konto und Bestellungen", "Wir führen Ihr Konto und liefern aus.", "Kontaktdaten und Bestellungen."),
        ),
    },
    "marketing": {
        **_OPT_IN,
        "gpc_applies": True,
        "texts": _texts(
            ("News and offers", "We tell you about offers that are not part of an order.", "Name and contact details."),
            ("Neuigkeiten und Angebote", "Wir erzählen Ihnen von Angeboten.", "Name und Kontaktdaten."),
        ),
    },
    "marketing.email": {
        **_OPT_IN,
        "parent": "marketing",
        "gpc_applies": True,
        "needs": ["name", "email", "email_verified"],
        "texts": _texts(
            ("Offers by email", "We send you offers by email, at most once a week.", "Name and email address."),
            ("Angebote per E-Mail", "Wir senden höchstens einmal in der Woche Angebote.", "Name und E-Mail-Adresse."),
        ),
    },
    "marketing.sms": {
        **_OPT_IN,
        "parent": "marketing",
        "gpc_applies": True,
        "needs": ["name", "phone_number"],
        "texts": _texts(
            ("Offers by text message", "We text you offers, at most twice a month.", "Name and phone number."),
            ("Angebote per SMS", "Wir senden höchstens zweimal im Monat eine SMS.", "Name und Telefonnummer."),
        ),
    },
    "personalization": {
        **_OPT_IN,
        "needs": ["name"],
        "categories": ["purchases", "visits"],
        "agent_allowed": True,
        "texts": _texts(
            (
                "A shop that fits you",
                "We choose what we show you by what you bought and looked at.",
                "Purchases and visits.",
            ),
            ("Ein passender Laden", "Wir wählen nach Käufen und Besuchen aus.", "Käufe und Besuche."),
        ),
    },
    "analytics": {
        "legal_basis": "legitimate_interest",
        "regime": "opt_out",
        "min_evidence": 0,
        "gpc_applies": True,
        "notice": "privacy",
        "texts": _texts(
            ("Counting visits", "We count what is used, to make it better.", "Pages visited, without your name."),
            ("Besuche zählen", "Wir zählen, was benutzt wird, um besser zu werden.", "Besuchte Seiten, ohne Namen."),
        ),
    },
    "ai.assistance": {
        **_OPT_IN,
        "needs": ["name", "email"],
        "categories": ["purchases"],
        "agent_allowed": True,
        "texts": _texts(
            ("Help from AI", "An AI answers your questions and drafts letters for you.", "Your questions and orders."),
            ("Hilfe durch KI", "Eine KI beantwortet Fragen und entwirft Briefe.", "Ihre Fragen und Bestellungen."),
        ),
    },
    "ai.training": {
        **_OPT_IN,
        "min_evidence": 5,
        "gpc_applies": True,
        "texts": _texts(
            (
                "Teaching AI",
                "What you write to us teaches the AI to answer better.",
                "Your questions, without your name.",
            ),
            ("KI trainieren", "Was Sie uns schreiben, lehrt die KI besser zu antworten.", "Ihre Fragen, ohne Namen."),
        ),
    },
}
PROCESSORS: Final[dict[str, dict[str, Any]]] = {
    "postbox": {"kind": "vendor", "title": "Postbox Ltd"},
    "wordsmith": {"kind": "ai_tool", "title": "Wordsmith"},
    "concierge": {"kind": "ai_agent", "title": "Concierge"},
}

_FIRST: Final = """\
What we do with your data

We run your account and deliver what you order. For that we need your name, your email address and your orders.

Everything else you decide: offers by email or text message, a shop that fits you, help from AI. \
Say yes or no to each; change it whenever you like, with one click, under "What you allow".

A yes ends by itself after two years. A no stays.

Postbox Ltd sends our mail and may use your address for that alone.
"""
_SECOND: Final = _FIRST + "\nQuestions? Write to privacy@throughline.example.\n"
_THIRD: Final = (
    _SECOND
    + """
New in this version: Wordsmith, an AI tool, drafts answers to your questions, and Concierge, an AI agent, may \
act for you where you allow help from AI. \
Neither keeps what it reads. Nothing teaches an AI unless you allow that by itself.
"""
)
_THIRD_DE: Final = """\
Was wir mit Ihren Daten tun

Wir führen Ihr Konto und liefern, was Sie bestellen. Dafür brauchen wir Namen, E-Mail-Adresse und Bestellungen.

Alles andere entscheiden Sie: Angebote per E-Mail oder SMS, ein passender Laden, Hilfe durch KI. Ja oder nein, \
jederzeit mit einem Klick zu ändern.

Ein Ja endet nach zwei Jahren von selbst. Ein Nein bleibt.

Postbox Ltd versendet unsere Post. Wordsmith, ein KI-Werkzeug, entwirft Antworten; Concierge, ein KI-Agent, handelt \
für Sie, wo Sie Hilfe durch KI erlauben. Beide behalten nichts. Fragen: privacy@throughline.example.
"""


def _version(number: int, text: str, *, language: str = "en", **said: Any) -> dict[str, Any]:
    titles = {"en": "Privacy notice", "de": "Datenschutzhinweise"}
    usual = {"title": titles[language], "jurisdiction": "EU", "material": True, "purposes": _EXPLAINED}
    return {"version": number, "language": language, **usual, "text": text, **said}


NOTICES: Final[dict[str, list[dict[str, Any]]]] = {
    "privacy": [
        _version(1, _FIRST),
        _version(2, _SECOND, material=False),
        _version(3, _THIRD),
        _version(3, _THIRD_DE, language="de"),
    ]
}


def keep_consent(customer: str, call: CallContext) -> dict[str, Any]:
    """Make what is missing of purposes, notices and processors, and have a customer choose the first time.

    What is there stays as operators and the customer have it. Answers what `demo.json` says of the notices.
    """
    present = present_catalog()
    is_new = NOTICE not in present.notices and not list_history(customer, limit=1)
    missing = [
        row
        for row in NOTICES[NOTICE.id]
        if NoticeRef(NOTICE.id, row["version"], row["language"]) not in present.notices
    ]
    older = [row for row in missing if row["version"] < NOTICE.version]
    purposes = {id: entry for id, entry in PURPOSES.items() if id not in present.purposes}
    processors = {id: entry for id, entry in PROCESSORS.items() if id not in present.processors}
    document = {"purposes": purposes, "processors": processors, "notices": {NOTICE.id: older}}
    apply_catalog(document=document, call=call)
    if is_new:  # one yes was given before the notice changed: it is asked for again
        record_choices(choices=_choices(customer, _BEFORE), call=call)
    apply_catalog(document={"notices": {NOTICE.id: [row for row in missing if row not in older]}}, call=call)
    if is_new:
        record_choices(choices=_choices(customer, _SINCE), call=call)
        # The first version may be shown to nobody any more.
        apply_catalog(document={"notices": {NOTICE.id: [{**NOTICES[NOTICE.id][0], "retired": True}]}}, call=call)
    return {NOTICE.id: {"id": NOTICE.id, "version": NOTICE.version, "language": NOTICE.language}}


_Said = tuple[tuple[str, Action, NoticeRef | None], ...]
_BEFORE: Final[_Said] = (("ai.assistance", Action.GRANT, NoticeRef(NOTICE.id, 2, NOTICE.language)),)
_SINCE: Final[_Said] = (
    ("marketing", Action.GRANT, NOTICE),
    ("marketing.email", Action.GRANT, NOTICE),
    ("marketing.sms", Action.DENY, None),
    ("personalization", Action.GRANT, NOTICE),
)


def _choices(customer: str, said: _Said) -> list[Choice]:
    return [
        Choice(f"first {purpose}", customer, purpose, action, Tier.VERIFIED, notice=notice, source="import")
        for purpose, action, notice in said
    ]

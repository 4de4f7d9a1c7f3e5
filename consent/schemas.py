"""Wire shapes of the consent API, for its description; what comes in is read by `consent.rules`."""

from typing import Any

from rest_framework import serializers

from consent.types import (
    LONGEST_EVENT_ID,
    LONGEST_NAME,
    LONGEST_PARTY,
    MOST_ITEMS,
    LegalBasis,
    Reason,
    Regime,
    Verdict,
)

_PRINTABLE = r"^[\x20-\x7e]*$"
_INSTANT = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^20[0-9]{2}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-][01]\d:[0-5]\d)$",
}


def _text(longest: int, description: str, *, least: int = 0) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", "maxLength": longest, "pattern": _PRINTABLE, "description": description}
    return text | ({"minLength": least} if least else {})


_WHOM = {
    "subject": _text(LONGEST_PARTY, "The customer's sub.", least=1),
    "device": {"type": "string", "pattern": "^dev_[A-Za-z0-9_-]{1,60}$", "description": "A device, in place of a sub."},
}
_SCOPE = {
    "purpose": _text(LONGEST_NAME, "Its id.", least=1),
    "channel": _text(32, "The channel; without one every channel."),
    "data_category": _text(LONGEST_NAME, "One of the purpose's categories; without one all of them."),
}
_NOTICE = {
    "type": "object",
    "required": ["id", "version", "language"],
    "description": "The notice that was shown; needed for a grant.",
    "properties": {
        "id": _text(LONGEST_NAME, "Its id.", least=1),
        "version": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        "language": _text(16, "As published: en.", least=1),
    },
}
_EVENT = {
    "type": "object",
    "required": ["event_id", "purpose", "action"],
    "oneOf": [{"required": ["subject"]}, {"required": ["device"]}],
    "properties": {
        "event_id": _text(LONGEST_EVENT_ID, "Yours; the same choice again is answered, another one refused.", least=1),
        **_WHOM,
        **_SCOPE,
        "action": {"type": "string", "enum": ["grant", "deny", "withdraw", "object"]},
        "processor": _text(LONGEST_NAME, "Who may work with the data; without one everybody."),
        "notice": _NOTICE,
        "occurred_at": {**_INSTANT, "description": "When she chose; now by default, at most a minute ahead."},
        "expires_at": {**_INSTANT, "description": "Until when it holds."},
        "listed": {
            "type": "array",
            "maxItems": 100,
            "items": _text(100, "channel:sms, processor:mailer", least=1),
            "description": "What the form named: channels and processors that were closed by name and open again.",
        },
        "sid": _text(LONGEST_PARTY, "The session in which she chose it."),
        "source": _text(LONGEST_NAME, "Where it comes from: a registered source, or gpc for a browser's signal."),
        "mandate": _text(40, "For a proxy with a token of their own."),
        "acknowledged": {"type": "boolean", "description": "She was shown that her browser's signal says otherwise."},
        "age": {"type": "integer", "minimum": 0, "maximum": 150, "description": "Where the purpose asks for one."},
        "seen": {
            "type": "integer",
            "minimum": 0,
            "maximum": 2**31 - 1,
            "description": "The seq of the state she had before her: a grant that overlooks a newer choice is refused.",
        },
    },
}
_ITEM = {
    "type": "object",
    "required": ["purpose"],
    "oneOf": [{"required": ["subject"]}, {"required": ["device"]}, {"required": ["profile"]}],
    "properties": {
        **_WHOM,
        "profile": {"type": "string", "pattern": "^(rec|prf)_[A-Za-z0-9_-]{1,60}$", "description": "A source record."},
        **_SCOPE,
        "processor": _text(LONGEST_NAME, "Who would work with the data; internal by default."),
        "agent": _text(LONGEST_PARTY, "The AI agent that would act."),
    },
}
EVENT = {"application/json": _EVENT}
CHECK = {
    "application/json": {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "minItems": 1, "maxItems": MOST_ITEMS, "items": _ITEM}},
    }
}
COMMIT = {
    "application/json": {
        "type": "object",
        "required": ["token"],
        "properties": {"token": _text(64 * 1024, "What the check answered.", least=1)},
    }
}


class ConsentNoticeShape(serializers.Serializer[object]):
    """A notice as it is named."""

    id = serializers.CharField()
    version = serializers.IntegerField()
    language = serializers.CharField()


class ConsentAnswerShape(serializers.Serializer[object]):
    """Whether it may be done, and why."""

    decision = serializers.ChoiceField(choices=[each.value for each in Verdict])
    reason = serializers.ChoiceField(choices=[each.value for each in Reason])
    rule = serializers.IntegerField(help_text="The step of the precedence that decided, 1 to 8; 0: it was not read.")
    seq = serializers.IntegerField(help_text="The newest of her choices that was seen.")
    valid_until = serializers.DateTimeField(allow_null=True, help_text="When time may change it.")
    winner = serializers.CharField(allow_blank=True, help_text="The choice that decided, if one did.")


class EffectiveAnswerShape(ConsentAnswerShape):
    """What holds for what was chosen."""

    purpose = serializers.CharField()
    channel = serializers.CharField(allow_blank=True)


class RecordedChoiceShape(serializers.Serializer[object]):
    """A choice that stands in the register."""

    id = serializers.CharField()
    seq = serializers.IntegerField()
    effective = EffectiveAnswerShape()
    receipt = serializers.CharField(help_text="Where its receipt is fetched.")


class ConsentCheckedShape(serializers.Serializer[object]):
    """The answers, in the order of the questions, and a token to commit against, five minutes long."""

    results = ConsentAnswerShape(many=True)
    token = serializers.CharField()


class ConsentNamedShape(serializers.Serializer[object]):
    """A channel, processor or category that comes out otherwise; * is every other."""

    channel = serializers.CharField()
    processor = serializers.CharField()
    data_category = serializers.CharField()
    decision = serializers.ChoiceField(choices=[each.value for each in Verdict])
    reason = serializers.ChoiceField(choices=[each.value for each in Reason])


class EffectivePurposeShape(ConsentAnswerShape):
    """How one purpose stands."""

    purpose = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    legal_basis = serializers.ChoiceField(choices=[each.value for each in LegalBasis])
    regime = serializers.ChoiceField(choices=[each.value for each in Regime])
    since = serializers.DateTimeField(allow_null=True)
    notice = ConsentNoticeShape(allow_null=True)
    channel = serializers.CharField(allow_blank=True)
    processor = serializers.CharField(allow_blank=True)
    named = ConsentNamedShape(many=True)
    receipt = serializers.CharField(allow_null=True)


class ConsentEffectiveShape(serializers.Serializer[object]):
    """How every purpose in force stands, parents first."""

    subject = serializers.CharField()
    seq = serializers.IntegerField()
    purposes = EffectivePurposeShape(many=True)


class ConsentEventShape(serializers.Serializer[object]):
    """A choice as it was recorded."""

    id = serializers.CharField()
    purpose = serializers.CharField()
    action = serializers.CharField()
    channel = serializers.CharField(allow_blank=True)
    processor = serializers.CharField(allow_blank=True)
    data_category = serializers.CharField(allow_blank=True)
    notice = ConsentNoticeShape(allow_null=True)
    tier = serializers.IntegerField(help_text="How well it is proved, 0 to 5.")
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # the word of the register
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    seq = serializers.IntegerField()
    hash = serializers.CharField()
    receipt = serializers.CharField()


class ConsentHistoryShape(serializers.Serializer[object]):
    """What somebody chose, the newest first."""

    subject = serializers.CharField()
    events = ConsentEventShape(many=True)


class ConsentReceiptShape(serializers.Serializer[object]):
    """A receipt: the document (JSON-LD), and the same signed (JWS, typ consent-receipt+jwt)."""

    id = serializers.CharField()
    receipt = serializers.DictField()
    jws = serializers.CharField()

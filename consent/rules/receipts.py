"""Receipts: the fields of ISO/IEC TS 27560:2023 in the vocabulary of W3C DPV 2, as JSON-LD.

Which term stands for which field follows the guide of the vocabulary's group: https://w3id.org/dpv/guides/consent-27560.
"""

from collections.abc import Mapping
from typing import Any

from consent.types import (
    GRANTS,
    INTERNAL,
    Action,
    Controller,
    LegalBasis,
    NoticeText,
    PurposeRule,
    RecordedEvent,
    Tier,
)

CONFORMS_TO = "dpv-27560:receipt-record"
CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "throughline": "urn:throughline:consent:",
}
_CONTROLLER = "entity:controller"
_STATUSES = {
    Action.GRANT: "dpv:ConsentGiven",
    Action.CONFIRM: "dpv:RenewedConsentGiven",
    Action.DENY: "dpv:ConsentRefused",
    Action.OBJECT: "dpv:ConsentRefused",
    Action.WITHDRAW: "dpv:ConsentWithdrawn",
    Action.INVALIDATE: "dpv:ConsentInvalidated",
}
_BASES = {
    LegalBasis.CONSENT: "dpv:Consent",
    LegalBasis.CONTRACT: "dpv:Contract",
    LegalBasis.LEGAL_OBLIGATION: "dpv:LegalObligation",
    LegalBasis.LEGITIMATE_INTEREST: "dpv:LegitimateInterest",
}
_PURPOSES = {"marketing": "dpv:Marketing", "personalization": "dpv:Personalisation", "service": "dpv:ServiceProvision"}
_DATA = {"email": "pd:EmailAddress", "name": "pd:Name", "phone": "pd:TelephoneNumber", "address": "pd:PhysicalAddress"}
_ALREADY_SAID = {"email_verified", "phone_verified", "phone_number_verified"}
_SECONDS_A_DAY = 24 * 3600


def render_receipt(
    event: RecordedEvent,
    *,
    purpose: PurposeRule,
    notice: NoticeText | None,
    controller: Controller,
    processor: str,
    receipt_url: str,
    withdrawal_url: str,
) -> dict[str, Any]:
    """The receipt of one event; `processor` is the title of the one it names. The same event gives the same receipt."""
    language = event.notice.language if event.notice else "en"
    return {
        "@context": dict(CONTEXT),
        "@id": receipt_url,
        "@type": ["dpv:ConsentReceipt"],
        "dct:conformsTo": [CONFORMS_TO],
        "dpv:hasIdentifier": event.id,
        "dct:identifier": f"urn:throughline:consent-receipt:{event.id}",
        "dct:created": event.recorded_at.isoformat(),
        "dct:creator": _CONTROLLER,
        "dct:language": language,
        "dpv:hasDataSubject": {"@type": ["dpv:DataSubject"], "dpv:hasIdentifier": event.party},
        "dpv:hasNotice": _notices(event, notice),
        "dpv:hasProcess": [_process(event, purpose, controller, language, withdrawal_url)],
        "dpv:hasEntity": _entities(event, controller, processor),
        "throughline:evidence": _evidence(event, withdrawal_url),
    }


def _notices(event: RecordedEvent, notice: NoticeText | None) -> list[dict[str, Any]]:
    if event.notice is None:
        return []
    said = {
        "@type": ["dpv:ConsentNotice"],
        "dpv:hasIdentifier": f"{event.notice.id}/{event.notice.version}/{event.notice.language}",
        "dct:hasVersion": str(event.notice.version),
        "dct:language": event.notice.language,
        "throughline:sha256": event.notice_sha256,
    }
    if notice:
        said |= {"dct:date": notice.published_at.isoformat(), "dct:title": notice.title or notice.id}
    return [said]


def _process(
    event: RecordedEvent, purpose: PurposeRule, controller: Controller, language: str, withdrawal_url: str
) -> dict[str, Any]:
    place = f"loc:{controller.country}" if controller.country else "dpv:Location"
    recipients = [_CONTROLLER]
    if event.processor and event.processor != INTERNAL:
        recipients.append(f"entity:{event.processor}")
    return {
        "@type": ["dpv:Process"],
        "dpv:hasPurpose": [_purpose(purpose, language)],
        "dpv:hasPersonalData": _personal_data(event, purpose),
        "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Use"],
        "dpv:hasDataController": [_CONTROLLER],
        "dpv:hasDataSource": ["dpv:DataSubjectDataSource"],
        "dpv:hasRecipient": recipients,
        "dpv:hasLegalBasis": [_BASES[purpose.legal_basis]],
        "dpv:hasJurisdiction": [place],
        "dpv:hasStorageCondition": [
            {"@type": ["dpv:StorageLocation"], "dpv:hasLocation": place},
            {"@type": ["dpv:StorageDuration"], "dpv:hasDuration": _duration(event, purpose)},
        ],
        "dpv:hasConsentControl": [{"@type": ["dpv:WithdrawConsent"], "dpv:isExercisedAt": withdrawal_url}],
        "dpv:hasConsentStatus": [_status(event, purpose)],
    }


def _purpose(purpose: PurposeRule, language: str) -> dict[str, Any]:
    said = {
        "@type": ["dpv:Purpose"],
        "dpv:hasIdentifier": purpose.id,
        "skos:broader": [_PURPOSES.get(purpose.id.partition(".")[0], "dpv:Purpose")],
        "skos:prefLabel": purpose.text("title", language),
    }
    description = purpose.text("description", language)
    return said | ({"skos:definition": description} if description else {})


def _personal_data(event: RecordedEvent, purpose: PurposeRule) -> list[dict[str, Any]]:
    names = [event.category] if event.category else [*purpose.needs, *purpose.categories]
    kind = "dpv:SensitivePersonalData" if purpose.sensitive else "dpv:PersonalData"
    named = [name for name in names if name not in _ALREADY_SAID]
    return [
        {"@type": [kind], "skos:broader": [_DATA.get(name, "dpv:PersonalData")], "skos:prefLabel": name}
        for name in named or ["profile"]
    ]


def _duration(event: RecordedEvent, purpose: PurposeRule) -> dict[str, Any]:
    if event.expires_at:
        return {"@type": ["dpv:UntilTimeDuration"], "rdf:value": event.expires_at.isoformat()}
    if purpose.ttl and event.action in GRANTS:  # a refusal does not run out
        seconds = int(purpose.ttl.total_seconds())
        length = f"P{seconds // _SECONDS_A_DAY}D" if seconds % _SECONDS_A_DAY == 0 else f"PT{seconds}S"
        return {"@type": ["dpv:TemporalDuration"], "rdf:value": length}
    return {"@type": ["dpv:UntilEventDuration"], "rdf:value": "until the customer chooses otherwise"}


def _status(event: RecordedEvent, purpose: PurposeRule) -> dict[str, Any]:
    kinds = [_STATUSES[event.action]]
    if event.action in GRANTS and purpose.legal_basis is LegalBasis.CONSENT:
        kinds.append("dpv:ExplicitlyExpressedConsent" if event.tier is Tier.VERIFIED else "dpv:ExpressedConsent")
    return {
        "@type": kinds,
        "dpv:isIndicatedAtTime": event.occurred_at.isoformat(),
        "dpv:isIndicatedBy": event.actor,
        "dpv:isExercisedAt": "/".join(each for each in (event.source, event.channel) if each) or "api",
        "dpv:hasDuration": _duration(event, purpose),
    }


def _entities(event: RecordedEvent, controller: Controller, processor: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        _CONTROLLER: {
            "@type": ["dpv:DataController"],
            "dpv:hasIdentifier": _CONTROLLER,
            "dpv:hasName": controller.name,
            "dpv:hasAddress": controller.address,
            "dpv:hasContact": controller.contact,
        }
    }
    if event.processor and event.processor != INTERNAL:
        found[f"entity:{event.processor}"] = {
            "@type": ["dpv:DataProcessor"],
            "dpv:hasIdentifier": event.processor,
            "dpv:hasName": processor or event.processor,
        }
    return found


def _evidence(event: RecordedEvent, withdrawal_url: str) -> dict[str, Any]:
    """What binds the receipt to the register: everything of the event that says how well it is proved."""
    said: Mapping[str, Any] = {
        "eventHash": event.hash,
        "previousHash": event.previous,
        "journalEvent": event.journal_id,
        "sequence": event.seq,
        "noticeHash": event.notice_sha256,
        "withdrawalUrl": withdrawal_url,
        "action": event.action.value,
        "tier": int(event.tier),
        "source": event.source,
        "channel": event.channel,
        "processor": event.processor,
        "dataCategory": event.category,
        "listed": list(event.listed),
        "acr": event.acr,
        "amr": list(event.amr),
        "confidence": event.confidence,
        "mandate": event.mandate,
        "copiedFrom": event.copied_from,
    }
    return {f"throughline:{name}": value for name, value in said.items() if value not in ("", None, [])}

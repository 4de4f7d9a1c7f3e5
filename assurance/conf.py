"""Settings of this room."""

from django.conf import settings


def metadata() -> dict[str, str]:
    """What the decision point says of itself (AuthZEN Authorization API 1.0 section 9): only what there is."""
    base = str(settings.ISSUER_URL)
    return {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
    }

"""What customers allow clients."""

from oauth.models import Allowance
from oauth.types import AllowedApp


def list_allowed_apps(*, subject: str) -> list[AllowedApp]:
    """The clients a customer has allowed something, the latest first; those that are switched off too."""
    rows = Allowance.objects.filter(account__sub=subject).select_related("client").order_by("-allowed_at", "-pk")
    return [
        AllowedApp(
            client_id=row.client.client_id,
            name=row.client.name,
            scopes=row.scope_list,
            allowed_at=row.allowed_at,
        )
        for row in rows
    ]

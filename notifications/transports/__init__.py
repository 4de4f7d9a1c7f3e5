"""How messages leave, one file per transport, written out here."""

from notifications.transports import outbox_page, smtp
from notifications.types import Transport

TRANSPORTS: dict[str, Transport] = {
    "outbox_page": outbox_page.deliver,
    "smtp": smtp.deliver,
}

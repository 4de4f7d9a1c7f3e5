"""Mail through Django's e-mail backend, which EMAIL_URL configures."""

import smtplib

from django.core.mail import EmailMessage, get_connection

from notifications.errors import TransportFailed
from notifications.types import Letter

TIMEOUT_SECONDS = 10


def deliver(letter: Letter) -> None:
    """Hand one mail to the server; raises TransportFailed. The Message-ID stays the same over all attempts."""
    headers = {"Message-ID": f"<{letter.ref}@{letter.sender_host}>", "Auto-Submitted": "auto-generated"}
    headers |= letter.headers
    message = EmailMessage(letter.subject, letter.body, to=[letter.to], headers=headers)
    try:
        message.connection = get_connection(timeout=TIMEOUT_SECONDS)
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise TransportFailed("recipient_refused", lasting=all(code >= 500 for code in codes)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise TransportFailed("not_authenticated") from error
    except smtplib.SMTPResponseException as error:
        raise TransportFailed("refused", lasting=error.smtp_code >= 500) from error
    except TimeoutError as error:
        raise TransportFailed("timed_out") from error
    except (OSError, smtplib.SMTPException) as error:
        raise TransportFailed("unreachable") from error
    except ValueError as error:  # a header that cannot be written will not be writable later either
        raise TransportFailed("malformed", lasting=True) from error

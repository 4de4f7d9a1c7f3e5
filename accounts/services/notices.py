"""Mails to the owner of an account about what happened to it."""

from django.template.loader import render_to_string

from accounts.models import Account
from accounts.types import Status
from kit.call import CallContext
from kit.unit_of_work import deed
from notifications.services import send_mail


@deed
def notify_owner(*, subject: str, template: str, call: CallContext, **context: object) -> bool:
    """Tell the owner of an account something, by the templates `<template>_subject.txt` and `_message.txt`.

    They know `timestamp` and `user_agent` of the call beside `context`. False when there is nobody to tell: the account
    is not active, or its address was never proved.
    """
    account = Account.objects.filter(sub=subject, status=Status.ACTIVE.value).first()
    if account is None or not account.emailaddress_set.filter(email=account.email, verified=True).exists():  # type: ignore[attr-defined]  # allauth's
        return False
    values = {"timestamp": call.now, "user_agent": call.user_agent, **context}
    line = " ".join(render_to_string(f"{template}_subject.txt", values).split())
    body = render_to_string(f"{template}_message.txt", values).strip()
    send_mail(to=account.email, subject=line, body=body, call=call)
    return True

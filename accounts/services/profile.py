"""What is changed about an account while it lives: its name, an operator's roles."""

from collections.abc import Collection

from accounts import events, rules
from accounts.errors import AccountErased, LastAdmin, ProfileInvalid, RolesInvalid
from accounts.models import Account, OperatorRole
from accounts.types import Kind, Role, Status
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def change_name(*, sub: str, name: str, call: CallContext) -> Account:
    """Write down how the person wants to be called; the same name changes nothing. Raises ProfileInvalid."""
    account = Account.objects.lock(sub)
    name = rules.tidy_name(name)
    if fault := rules.fault_in_name(name):
        raise ProfileInvalid(fault)
    if account.status == Status.ERASED:
        raise AccountErased

    if account.name != name:
        account.name = name
        account.save(update_fields=["name"])
        journal.record(events.PROFILE_CHANGED, call=call, subject=sub, payload={"fields": ["name"]})
    return account


@deed
def set_roles(*, sub: str, roles: Collection[Role], call: CallContext) -> Account:
    """Give an operator exactly these roles; the same ones change nothing.

    Raises RolesInvalid for a customer, LastAdmin.
    """
    account = Account.objects.lock(sub)
    if account.status == Status.ERASED:
        raise AccountErased

    give_roles(account=account, roles=roles, call=call)
    return account


@deed
def give_roles(*, account: Account, roles: Collection[Role], call: CallContext) -> None:
    """Make the table agree with `roles` and journal the difference, for a deed that already holds the account."""
    if unknown := [each for each in roles if each not in set(Role)]:
        raise RolesInvalid(f"There is no role {unknown[0]!r}.")
    if account.kind != Kind.OPERATOR:
        raise RolesInvalid("Only an operator has roles.")
    before = set(OperatorRole.objects.filter(account=account).values_list("role", flat=True))
    wanted = {str(each) for each in roles}
    if before == wanted:
        return
    if Role.ADMIN in before - wanted:
        refuse_to_lose_the_last_admin(account)

    OperatorRole.objects.filter(account=account).exclude(role__in=wanted).delete()
    OperatorRole.objects.bulk_create([OperatorRole(account=account, role=each) for each in sorted(wanted - before)])
    account.__dict__.pop("role_names", None)  # what the instance in hand remembers is no longer so

    payload = {"fields": ["roles"], "roles": sorted(wanted)}
    journal.record(events.PROFILE_CHANGED, call=call, subject=account.sub, payload=payload)


def refuse_to_lose_the_last_admin(account: Account) -> None:
    """LastAdmin when this is the only active admin: nobody could let anybody in again. Part of an open deed.

    The rows of all admins are locked, or two admins could remove each other at the same moment. A customer is none, and
    admins who help one at this moment are not waited for.
    """
    if account.kind != Kind.OPERATOR:
        return
    admins = Account.objects.filter(status=Status.ACTIVE, roles__role=Role.ADMIN).order_by("pk")
    locked = set(admins.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    if locked == {account.pk}:
        raise LastAdmin

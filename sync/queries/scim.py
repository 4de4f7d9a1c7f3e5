"""Questions about the Users that feeds bring by SCIM; they never write."""

from collections.abc import Mapping
from typing import Any

from scim2_models import ResponseParameters, Schema

from kit.call import Caller
from kit.ids import digest
from kit.refusal import NotAllowed, NotFound
from sync import conf, rules
from sync.errors import ScimRefused
from sync.models import Feed, ScimUser
from sync.types import FeedSettings, ScimPage, ScimSearch, ScimUserState

MOST_LOOKED_AT = 10_000
"""So many Users are held against a filter; one that would look at more is too much."""


def demand_scim_feed(*, caller: Caller) -> tuple[Feed, FeedSettings]:
    """The feed that a client brings by SCIM. Raises NotAllowed where there is none."""
    for row in Feed.objects.filter(client_id=caller.client_id or ""):
        settings = rules.parse_feed(row.slug, row.body)
        if settings.scim:
            return row, settings
    raise NotAllowed("No feed of this client comes by SCIM.")


def list_scim_schemas(*, caller: Caller) -> tuple[Schema, ...]:
    """What the feed of a client takes. Raises NotAllowed."""
    _, settings = demand_scim_feed(caller=caller)
    return rules.list_schemas(rules.fields_of(settings))


def get_scim_user(*, id: str, query: Mapping[str, Any], caller: Caller) -> ScimUserState:
    """One User of the client's feed. Raises NotFound, also for another feed's; ScimRefused, NotAllowed."""
    feed, settings = demand_scim_feed(caller=caller)
    fields = rules.fields_of(settings)
    wanted = rules.read_wanted(query, fields)
    row = None if "\x00" in id else ScimUser.objects.filter(feed=feed, ref=id).first()
    if row is None:
        raise NotFound
    return tell_scim_user(row, fields, wanted)


def search_scim_users(*, query: Mapping[str, Any], caller: Caller) -> ScimPage:
    """The Users of the client's feed that a search asks for. Raises ScimRefused, NotAllowed."""
    feed, settings = demand_scim_feed(caller=caller)
    fields = rules.fields_of(settings)
    search = rules.read_search(query, fields)
    rows = _named(feed, search)
    first = search.start - 1
    if search.filter is None:
        total, found = rows.count(), list(rows[first : first + search.count])
    else:
        looked_at = list(rows[: MOST_LOOKED_AT + 1])
        if len(looked_at) > MOST_LOOKED_AT:
            raise ScimRefused("tooMany", "The filter looks at too many: ask for userName or externalId too.")
        fit = [row for row in looked_at if rules.matches(search, row.document, _meta(row), fields)]
        total, found = len(fit), fit[first : first + search.count]
    users = tuple(tell_scim_user(row, fields, search.wanted).shown for row in found)
    return ScimPage(total=total, start=search.start, users=users)


def _named(feed: Feed, search: ScimSearch) -> Any:
    rows = ScimUser.objects.filter(feed=feed)
    columns = {"id": "ref", "externalid": "external_id"}
    for name, value in search.named.items():
        if "\x00" in value:
            return rows.none()
        if name == "username":
            rows = rows.filter(name_digest=digest(rules.normal_name(value)))
        else:
            rows = rows.filter(**{columns[name]: value})
    return rows


def tell_scim_user(row: ScimUser, fields: frozenset[str], wanted: ResponseParameters[Any]) -> ScimUserState:
    """A row as an answer holds it."""
    return ScimUserState(row.ref, row.number, rules.show_user(row.document, _meta(row), fields, wanted))


def _meta(row: ScimUser) -> dict[str, Any]:
    return {
        "id": row.ref,
        "meta": {
            "resourceType": "User",
            "created": row.created_at.isoformat(),
            "lastModified": row.changed_at.isoformat(),
            "location": f"{conf.issuer()}/scim/v2/Users/{row.ref}",
            "version": rules.write_version(row.number),
        },
    }

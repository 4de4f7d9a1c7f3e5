"""Bodies and questions of SCIM, read by `scim2_models` and answered by what is wrong with them (RFC 7644)."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unicodedata import normalize

from pydantic import ValidationError
from scim2_models import Context, Error, PatchOp, ResponseParameters, SCIMException, ScimFilter, SearchRequest
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator

from sync.errors import ScimRefused
from sync.rules.scim_schemas import USER, cut, model_of
from sync.types import ScimSearch

LONGEST = 1000
LONGEST_NAME = 200
LONGEST_FILTER = 2000
MOST_VALUES = 50
DEEPEST = 6
MOST_RESULTS = 200
_ENTITY_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')
_NAMES = ("id", "externalid", "username")

Document = dict[str, Any]


def read_user(body: Mapping[str, Any], fields: frozenset[str], *, anew: bool) -> Document:
    """The User in the body of a POST or PUT, in our spelling. Raises ScimRefused."""
    _check_plain(body)
    context = Context.RESOURCE_CREATION_REQUEST if anew else Context.RESOURCE_REPLACEMENT_REQUEST
    with _told():
        user = model_of(fields).model_validate(cut(body, fields), scim_ctx=context)
    return _write(user)


def patch_user(document: Document, body: Mapping[str, Any], fields: frozenset[str]) -> Document:
    """A User after the operations in the body of a PATCH, all or none (RFC 7644 section 3.5.2). Raises ScimRefused."""
    _check_plain(body)
    model: Any = model_of(fields)
    with _told():
        patch = PatchOp[model].model_validate(_cut_operations(body, fields), scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        user = _load(document, fields)
        patch.patch(user)
        return _write(model.model_validate(_write(user), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST))


def _cut_operations(body: Mapping[str, Any], fields: frozenset[str]) -> Document:
    """Operations on the whole User lose what is not taken; what names it by a path is refused."""
    found = dict(body)
    for name, operations in body.items():
        if name.casefold() == "operations" and isinstance(operations, list):
            found[name] = [_cut_operation(each, fields) for each in operations]
    return found


def _cut_operation(operation: Any, fields: frozenset[str]) -> Any:
    if not isinstance(operation, Mapping) or operation.get("path"):
        return operation
    return {
        name: cut(each, fields) if name == "value" and isinstance(each, Mapping) else each
        for name, each in operation.items()
    }


def _write(user: Any) -> Document:
    document: Document = user.model_dump()
    for name in ("id", "meta"):
        document.pop(name, None)
    name = str(document.get("userName") or "").strip()
    external_id = document.get("externalId")
    if not name or len(name) > LONGEST_NAME:
        raise ScimRefused("invalidValue", f"userName is a text of 1 to {LONGEST_NAME} characters.")
    if external_id is not None and not 1 <= len(external_id) <= LONGEST_NAME:
        raise ScimRefused("invalidValue", f"externalId is a text of 1 to {LONGEST_NAME} characters.")
    return document


def _load(document: Mapping[str, Any], fields: frozenset[str]) -> Any:
    """A kept User; what the feed has ceased to take since is not in it."""
    return model_of(fields).model_validate(cut(document, fields))


def show_user(
    document: Mapping[str, Any], meta: Mapping[str, Any], fields: frozenset[str], wanted: ResponseParameters[Any]
) -> Document:
    """A kept User as an answer holds it, with the attributes that are wanted (RFC 7644 section 3.9)."""
    user = _load({**document, **meta}, fields)
    shown: Document = user.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=wanted)
    return shown


def normal_name(name: str) -> str:
    """A `userName` as it is compared: without case, in one way of encoding."""
    return normalize("NFC", normalize("NFC", name.strip()).lower())


# --- Questions -------------------------------------------------------------------------------------------------


def read_wanted(query: Mapping[str, Any], fields: frozenset[str]) -> ResponseParameters[Any]:
    """Which attributes an answer shall hold. Raises ScimRefused."""
    model: Any = model_of(fields)
    said = {name: query[name] for name in ("attributes", "excludedAttributes") if query.get(name)}
    _check_plain(said)
    with _told():
        return ResponseParameters[model].model_validate(said)


def read_search(query: Mapping[str, Any], fields: frozenset[str]) -> ScimSearch:
    """A search from a query or the body of `.search` (RFC 7644 sections 3.4.2, 3.4.3). Raises ScimRefused.

    Sorting is not offered, and what asks for it is not refused (section 3.4.2.3).
    """
    model: Any = model_of(fields)
    _check_plain(query, longest=LONGEST_FILTER)
    said = {name: query[name] for name in ("filter", "startIndex", "count", "schemas") if query.get(name) is not None}
    with _told():
        request = SearchRequest[model].model_validate(said)
    most = MOST_RESULTS if request.count is None else min(request.count, MOST_RESULTS)
    start = request.start_index or 1
    if start > 2**31:
        raise ScimRefused("invalidValue", "startIndex is too high.")
    return ScimSearch(
        wanted=read_wanted(query, fields),
        start=start,
        count=most,
        filter=request.filter,
        named=_find_names(request.filter) if request.filter else {},
    )


def matches(search: ScimSearch, document: Mapping[str, Any], meta: Mapping[str, Any], fields: frozenset[str]) -> bool:
    """Whether a kept User is searched for."""
    with _told():
        return search.filter is None or bool(search.filter.match(_load({**document, **meta}, fields)))


def _find_names(asked: ScimFilter[Any]) -> dict[str, str]:
    """What a filter asks to be equal in any case, of what Users are looked up by."""
    node = asked.ast
    is_all = isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_
    terms: Any = node.terms if is_all else (node,)  # type: ignore[attr-defined]  # as just asked
    return {
        each.attr_path.attr.casefold(): each.value
        for each in terms
        if isinstance(each, Comparison)
        and each.op is CompareOperator.eq
        and each.attr_path.attr.casefold() in _NAMES
        and not each.attr_path.sub_attr
        and each.attr_path.uri in (None, USER)
        and isinstance(each.value, str)
    }


# --- Versions --------------------------------------------------------------------------------------------------


def write_version(number: int) -> str:
    """A version as an entity tag (RFC 7644 section 3.14)."""
    return f'W/"{number}"'


def names_version(header: str, number: int) -> bool:
    """Whether If-Match or If-None-Match names this version, compared weakly; `*` names any."""
    if header.strip() == "*":
        return True
    return str(number) in {found[1] for each in header.split(",") if (found := _ENTITY_TAG.fullmatch(each))}


# --- What is wrong ---------------------------------------------------------------------------------------------


@contextmanager
def _told() -> Iterator[None]:
    """What the library refuses becomes our refusal, with its keyword (RFC 7644 section 3.12)."""
    try:
        yield
    except ValidationError as error:
        first = Error.from_validation_errors(error)[0]
        raise ScimRefused(first.scim_type or "invalidValue", _line(first.detail)) from None
    except SCIMException as error:
        raise ScimRefused(error.scim_type or "invalidValue", _line(error.detail)) from None
    except (RecursionError, OverflowError) as error:
        raise ScimRefused("invalidSyntax", "The request is too deep or too large.") from error


def _line(text: str | None) -> str:
    return (text or "").partition("\n")[0][:300]


def _check_plain(value: Any, *, depth: int = 0, longest: int = LONGEST) -> None:
    """Raises ScimRefused for what can be kept nowhere: no characters, too long, too many, too deep."""
    if depth > DEEPEST:
        raise ScimRefused("invalidSyntax", "The request is nested too deeply.")
    if isinstance(value, str):
        _check_text(value, longest)
    elif isinstance(value, Mapping | list):
        if len(value) > MOST_VALUES:
            raise ScimRefused("invalidValue", f"There are more than {MOST_VALUES} values in one place.")
        for each in [*value, *value.values()] if isinstance(value, Mapping) else value:
            _check_plain(each, depth=depth + 1, longest=longest)


def _check_text(text: str, longest: int) -> None:
    if len(text) > longest:
        raise ScimRefused("invalidValue", f"A text is at most {longest} characters long.")
    if any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise ScimRefused("invalidValue", "A text holds a character that is none.")

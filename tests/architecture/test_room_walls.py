"""Rooms enter rooms by their public files only, and strangers not at all."""

import functools

import grimp

from scripts import house
from tests.architecture import walls


@functools.cache
def imports(*, for_types_too: bool) -> list[tuple[str, str]]:
    graph = grimp.build_graph(*house.rooms(), exclude_type_checking_imports=not for_types_too, cache_dir=None)
    return sorted(
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )


def test_rooms_enter_rooms_by_their_public_files():
    assert walls.side_entrances(imports(for_types_too=False)) == []


def test_a_row_that_was_handed_out_may_be_named_as_a_type_and_nothing_else():
    assert walls.side_entrances(imports(for_types_too=True), also=("models",)) == []


def test_a_side_entrance_is_noticed():
    assert walls.side_entrances(
        [
            ("oauth.services", "accounts.models"),
            ("oauth.services", "accounts.queries"),
            ("oauth.services", "audit.journal"),
            ("oauth.services", "audit.subject_keys"),
            ("oauth.services", "kit.crypto"),
            ("oauth.services", "oauth.models"),
            ("config.urls", "oauth.views.token"),
            ("config.reactions", "oauth.models"),
            ("portal.views", "oauth.views"),
            ("portal.views", "oauth.flows.authorization"),
            ("portal.views", "accounts.services.profile"),
        ]
    ) == [
        "oauth.services -> accounts.models",
        "oauth.services -> audit.subject_keys",
        "config.reactions -> oauth.models",
        "portal.views -> oauth.views",
        "portal.views -> accounts.services.profile",
    ]


def test_no_room_needs_what_stands_outside_the_house():
    found = {
        (room, name)
        for room in house.rooms()
        for path in house.python_files(room, migrations=True)
        for name in walls.imports_of(house.OUTSIDE, path.read_text(encoding="utf-8"))
    }
    started = {(house.WIRING, f"examples.{each}") for each in ("EXAMPLES", "SYSTEMS", "PROGRAMS")}
    assert found <= started, "only the demo knows which sites to start beside the gateway"


def test_the_examples_know_the_gateway_over_http_only():
    found = {
        house.dotted(path): names
        for path in house.python_files("examples")
        if (names := walls.imports_of(house.rooms(), path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_an_import_from_outside_is_noticed_wherever_it_hides():
    source = "def seed():\n    from tests import factories\n    import examples.shop.app\n"
    assert walls.imports_of(house.OUTSIDE, source) == ["tests.factories", "examples.shop.app"]

"""City and country of an address, from a database on this machine."""

from ipaddress import ip_address
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from kit import places
from kit.places import find_coordinates, find_place

ROME = {
    "city": {"names": {"en": "Rome", "it": "Roma"}},
    "country": {"names": {"en": "Italy"}},
    "location": {"latitude": 41.8919, "longitude": 12.5113},
}
RECORDS = {
    "8.8.8.0/24": ROME,
    "9.9.9.0/24": {"country": {"names": {"en": "Norway"}}},
    "11.0.0.0/24": {"city": {"names": {"en": "Nowhere"}}},
    "11.0.1.0/24": {"city": {"names": {"en": "Turned\u202eround"}}, "country": {"names": {"en": "France"}}},
    "11.0.2.0/24": {"city": "Rome", "country": ["Italy"], "location": {"latitude": "41", "longitude": 12}},
    "11.0.4.0/24": {"location": {"latitude": 1e9, "longitude": 12.0}},
    "11.0.3.0/24": {"city": {"names": {"en": "L" * 200}}, "country": {"names": {"en": "Wales"}}},
    "2001:4860::/32": ROME,
    "10.0.0.0/8": ROME,
    "127.0.0.0/8": ROME,
}


def write(path: Path, records) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="City", languages=["en"])
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


@pytest.fixture(autouse=True)
def atlas(settings, tmp_path):
    settings.GEOIP_DATABASE = str(write(tmp_path / "city.mmdb", RECORDS))
    places.forget_atlas()
    yield Path(settings.GEOIP_DATABASE)
    places.forget_atlas()


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("8.8.8.8", "Rome, Italy"),
        ("::ffff:8.8.8.8", "Rome, Italy"),
        ("2001:4860::1", "Rome, Italy"),
        ("9.9.9.9", "Norway"),
        ("11.0.0.1", ""),
        ("11.0.1.1", "France"),
        ("11.0.2.1", ""),
        ("1.1.1.1", ""),
        ("10.1.2.3", ""),
        ("127.0.0.1", ""),
        ("192.168.1.1", ""),
        ("100.64.0.1", ""),
        ("::1", ""),
        ("nowhere", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_public_address_has_the_place_that_the_database_says(address, place):
    assert find_place(address) == place


def test_coordinates_are_whole_degrees_and_only_where_the_database_has_them():
    assert find_coordinates("8.8.8.8") == (42.0, 13.0)
    assert [find_coordinates(each) for each in ("9.9.9.9", "11.0.2.1", "11.0.4.1", "10.1.2.3", "", None)] == [None] * 6


def test_a_place_fits_into_its_column():
    assert len(find_place("11.0.3.1")) == places.LONGEST


def test_without_a_database_nobody_knows(settings):
    settings.GEOIP_DATABASE = ""
    places.forget_atlas()
    assert find_place("8.8.8.8") == ""


@pytest.mark.parametrize("content", [b"", b"no database"])
def test_a_database_that_cannot_be_read_is_none(atlas, content):
    atlas.write_bytes(content)
    places.forget_atlas()
    assert find_place("8.8.8.8") == ""


def test_another_file_under_the_same_name_is_noticed_and_a_broken_one_leaves_the_last(atlas, tmp_path, monkeypatch):
    assert find_place("8.8.8.8") == "Rome, Italy"
    monkeypatch.setattr(places._atlas, "seconds", 0.0)
    write(tmp_path / "new.mmdb", {"8.8.8.0/24": {"country": {"names": {"en": "Norway"}}}}).replace(atlas)
    assert find_place("8.8.8.8") == "Norway"
    (tmp_path / "broken").write_bytes(b"broken")
    (tmp_path / "broken").replace(atlas)
    assert find_place("8.8.8.8") == "Norway"


def test_the_addresses_of_the_tests_are_what_they_are_taken_for():
    assert ip_address("11.0.0.1").is_global

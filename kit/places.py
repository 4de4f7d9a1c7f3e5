"""Where in the world an address is, as far as a database on this machine knows: a city and a country, whole degrees.

Nobody is asked over the network. The file is one in MaxMind's MMDB form with cities; it may be replaced while we run.
"""

import ipaddress
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import maxminddb
from django.conf import settings

from kit.fresh import Fresh

LONGEST = 120
_LOOK_AGAIN_SECONDS = 60.0  # for another file under the same name
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Atlas:
    """The open database and which file it is; None where there is none that can be read."""

    mark: tuple[str, int, int] | None
    reader: maxminddb.Reader | None


def find_place(address: str | None) -> str:
    """`City, Country` in English for a public address, or the country alone; empty where nobody knows.

    Empty too for private and loopback addresses, for what is no address, and without GEOIP_DATABASE.
    """
    public = _public(address)
    reader = _atlas.get().reader if public else None
    if reader is None or public is None:
        return ""
    try:
        return _name(reader.get(public))
    except (ValueError, maxminddb.InvalidDatabaseError):  # such as IPv6 in a database of IPv4
        return ""


def find_coordinates(address: str | None) -> tuple[float, float] | None:
    """Latitude and longitude in whole degrees, which is a region rather than a street; None where nobody knows."""
    public = _public(address)
    reader = _atlas.get().reader if public else None
    if reader is None or public is None:
        return None
    try:
        found = reader.get(public)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return None
    location = found.get("location") if isinstance(found, dict) else None
    return _degrees(location) if isinstance(location, dict) else None


def _degrees(location: dict[str, Any]) -> tuple[float, float] | None:
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also what is not a number
        return None
    return float(round(latitude)), float(round(longitude))


def forget_atlas() -> None:
    """Drop the open database; the next question looks for the file."""
    _atlas.forget()


def _public(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found if found.is_global else None


def _name(found: Any) -> str:
    city, country = _english(found, "city"), _english(found, "country")
    return ", ".join(part for part in (city, country) if part)[:LONGEST] if country else ""


def _english(found: Any, part: str) -> str:
    """One name out of a record; whatever is not of the expected shape, or not plain text, is no name."""
    for key in (part, "names", "en"):
        found = found.get(key) if isinstance(found, dict) else None
    return found.strip() if isinstance(found, str) and found.isprintable() else ""


def _open(known: _Atlas | None) -> _Atlas:
    path = Path(settings.GEOIP_DATABASE) if settings.GEOIP_DATABASE else None
    if path is None:
        return _Atlas(None, None)
    try:
        facts = path.stat()
        mark = (str(path), facts.st_ino, facts.st_mtime_ns)
        if known is not None and known.mark == mark:
            return known
        return _Atlas(mark, maxminddb.open_database(path))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        _log.warning("GEOIP_DATABASE cannot be read: %s", type(error).__name__)
        return known or _Atlas(None, None)  # the one opened last serves on


_atlas: Fresh[_Atlas] = Fresh(_open, seconds=_LOOK_AGAIN_SECONDS)

"""What a signing key is to everybody else."""

from dataclasses import dataclass, field
from enum import StrEnum

ALG = "ES256"


class KeyStatus(StrEnum):
    """Where a key stands in its life; each status is the one after which a timestamp was set."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a signing key; `jwk` is complete, with `kid`, `alg` and `use`."""

    kid: str
    alg: str
    jwk: dict[str, str] = field(hash=False)

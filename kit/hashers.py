"""How machine-made secrets are stored: a fast digest, because 256 random bits need no stretching."""

from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare

from kit.ids import digest


class MachineSecretHasher(BasePasswordHasher):
    """SHA-256 of a generated client secret. Never for a secret that a person chose."""

    algorithm = "machine_secret"

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}$${digest(password)}"

    def salt(self) -> str:
        return ""

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, ""))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to harden: the input is random."""

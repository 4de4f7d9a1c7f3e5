"""What the tuned variant changes about hashing."""

import hashlib
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher
from django.utils.crypto import constant_time_compare


class Argon2(Argon2PasswordHasher):
    """The same cost as the gateway's."""

    memory_cost = 19456
    time_cost = 2
    parallelism = 1


class Sha256(BasePasswordHasher):
    """For client secrets, which are random."""

    algorithm = "sha256_secret"

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}$${hashlib.sha256(password.encode()).hexdigest()}"

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, ""))

    def salt(self) -> str:
        return ""

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

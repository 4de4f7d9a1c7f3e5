"""How passwords are stored: argon2id with OWASP's minimum cost (19 MiB, two passes, one lane)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Django's argon2id with the costs written out, so that an upgrade of Django does not change them."""

    memory_cost = 19456
    time_cost = 2
    parallelism = 1

"""How passwords are stored."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane (OWASP Password Storage Cheat Sheet).

    Django's own 100 MiB in eight lanes let sixteen people signing in at once take 1.6 GB.
    """

    time_cost = 2
    memory_cost = 19456
    parallelism = 1

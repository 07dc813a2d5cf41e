"""Envelope encryption: a key for each hospital, wrapped by a master key that the database never sees (S12)."""

from kernel.keys.envelope import Undecryptable, decrypt, derived_key, encrypt

__all__ = ["Undecryptable", "decrypt", "derived_key", "encrypt"]

"""The trail: who did what to whose record, written in the same transaction as the act (S33, S34)."""

from kernel.audit.recording import record, record_each

__all__ = ["record", "record_each"]

"""Outgoing HTTP: the one client that leaves the house (S43)."""

from kernel.http.client import Answer, Refused, Unreachable, fetch

__all__ = ["Answer", "Refused", "Unreachable", "fetch"]

"""A hospital as a test wants it, told by its host."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kernel.tenancy import resolution
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.resolution import HostCache


class _KnownHost(HostCache):
    """Hosts of which one stays known: changes are told to all test workers of a machine, and entries grow old."""

    def __init__(self, context: HospitalContext) -> None:
        super().__init__()
        self.context = context

    def get(self, host: str) -> tuple[bool, HospitalContext | None]:
        return (True, self.context) if host == self.context.host else super().get(host)


@contextmanager
def known_as(context: HospitalContext) -> Iterator[None]:
    """Within, the host of ``context`` is answered as ``context`` says, whatever the database has."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resolution, "hosts", _KnownHost(context))
        yield

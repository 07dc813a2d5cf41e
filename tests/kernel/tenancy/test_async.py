"""Work handed to other threads by asyncio takes its copy of the context along, on a connection of its own."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from kernel.accounts.models import Account
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital

Contexts = Callable[[str], HospitalContext]


def sign(context: HospitalContext) -> None:
    with hospital(context):
        Account.objects.create(login=f"async-{context.slug}")


def unsign(context: HospitalContext) -> None:
    with hospital(context):
        Account.objects.filter(login__startswith="async-").delete()


@pytest.fixture
def both(hospital_context_now: Contexts) -> Iterator[tuple[HospitalContext, HospitalContext]]:
    found = hospital_context_now("northfield"), hospital_context_now("alwaha")
    for context in found:
        sign(context)
    yield found
    for context in found:
        unsign(context)


def look() -> list[str]:
    try:
        return list(Account.objects.filter(login__startswith="async-").values_list("login", flat=True))
    finally:
        connections.close_all()


async def in_hospital(context: HospitalContext, by: str) -> list[str]:
    with hospital(context):
        if by == "to_thread":
            return await asyncio.to_thread(look)
        return await sync_to_async(look, thread_sensitive=False)()


@pytest.mark.requirement("S07")
@pytest.mark.parametrize("by", ["to_thread", "sync_to_async"])
def test_work_handed_to_another_thread_keeps_its_hospital(
    both: tuple[HospitalContext, HospitalContext], by: str
) -> None:
    async def forty() -> list[list[str]]:
        return await asyncio.gather(*(in_hospital(both[number % 2], by) for number in range(40)))

    assert asyncio.run(forty()) == [[f"async-{both[number % 2].slug}"] for number in range(40)]

"""Ways through lists that take more than one page."""

import re
from urllib.parse import urljoin

from tests.clients import HostClient
from tests.tenants.portal.conftest import Place
from tests.tenants.portal.test_query_counts import grow

LISTS = ("/results/", "/visits/", "/health/documents/")


def walked(client: HostClient, address: str, way: str) -> list[str]:
    """The addresses that the pager's links of one direction lead through, the first one included."""
    found = [address]
    while True:
        page = client.get(found[-1]).content.decode()
        tags = re.findall(r"<a [^>]*>", page)
        links = [tag for tag in tags if f'rel="{way}"' in tag]
        if not links:
            return found
        href = re.search(r'href="([^"]*)"', links[0])
        assert href is not None
        found.append(urljoin(found[-1], href[1]))
        assert found[-1] not in found[:-1], found


def test_older_leads_through_every_page_to_the_end_and_newer_back(northfield: Place) -> None:
    grow(northfield, "james", 160)
    james = northfield.somebody("james", own="james")

    for address in LISTS:
        there = walked(james, address, "next")
        assert there == [address, *(f"{address}?page={number}" for number in range(2, len(there) + 1))]
        assert len(there) > 2
        back = walked(james, there[-1], "prev")
        assert back == [*reversed(there[1:]), f"{address}?page=1"]

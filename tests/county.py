"""The demonstration county in a test: seeded as the owner, results pulled by the worker from two sandbox facilities."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from foundation import clock
from foundation.rowsecurity import acting_as
from portal.demo import seed
from portal.demo.sandbox import SandboxServer
from records.exchange.models import Pull, Source
from records.exchange.pulling import pull

FACILITIES = ("COUNTY", "TOWN1")


@contextmanager
def demonstration() -> Iterator[dict[str, Pull]]:
    """Seed, pull once from each facility; yields the finished pulls by facility code."""
    with SandboxServer("COUNTY") as county, SandboxServer("TOWN1") as township:
        ports = {code: urlsplit(server.url).port or 0 for code, server in (("COUNTY", county), ("TOWN1", township))}
        with acting_as("owner"):
            seed.county(clock.now(), ports)
        with acting_as("worker"):
            sources = Source.objects.filter(facility__code__in=FACILITIES).select_related("facility")
            yield {source.facility.code: pull(source.pk, clock=clock.now) for source in sources}

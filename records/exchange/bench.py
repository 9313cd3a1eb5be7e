"""What applying the messages of one source needs, read once for many of them."""

from dataclasses import dataclass
from datetime import datetime

from facilities.models import Facility
from records.exchange.limits import Limits
from records.exchange.models import CodeMapping, Source
from records.exchange.values import Frame, Neighbours, StandardCode


@dataclass(frozen=True)
class Bench:
    """The source, the time, the limits, the source's code mappings, and the county's facilities by code."""

    source: Source
    now: datetime
    limits: Limits
    codes: dict[str, StandardCode]
    facilities: dict[str, Facility]

    @classmethod
    def of(cls, source: Source, now: datetime, limits: Limits) -> "Bench":
        """The bench of a source as things are now."""
        codes = {
            row.local_code: StandardCode(row.standard_system, row.standard_code, row.unit_code, row.local_name)
            for row in CodeMapping.objects.filter(source=source)
        }
        return cls(source, now, limits, codes, {row.code: row for row in Facility.objects.all()})

    def frame(self, neighbours: Neighbours) -> Frame:
        """What a mapping may know."""
        return Frame(self.now, self.source.address, self.codes, neighbours)

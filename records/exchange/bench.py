"""What applying the messages of one source needs, read once for many of them."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from facilities.models import Facility
from records.exchange.codes import spellings
from records.exchange.limits import Limits
from records.exchange.models import CodeMapping, Source, SourcePatient
from records.exchange.releasing import Rules
from records.exchange.values import Frame, Neighbours, StandardCode, Traits


@dataclass(frozen=True)
class Bench:
    """The source, the time, the limits, the source's code mappings, the county's facilities by code, what is released,
    which units the facility's own spellings stand for.

    `touched` collects whose records were written to, until repetitions among them have been looked for (`folding`);
    `alone`: there is no other source, so that nothing can be a repetition.
    """

    source: Source
    now: datetime
    limits: Limits
    codes: dict[str, StandardCode]
    facilities: dict[str, Facility]
    touched: set[UUID] = field(default_factory=set)
    rules: Rules = field(default_factory=Rules)
    alone: bool = False
    people: dict[str, Traits] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, now: datetime, limits: Limits) -> "Bench":
        """The bench of a source as things are now."""
        codes = {
            row.local_code: StandardCode(row.standard_system, row.standard_code, row.unit_code, row.local_name)
            for row in CodeMapping.objects.filter(source=source)
        }
        facilities = {row.code: row for row in Facility.objects.all()}
        alone = not Source.objects.exclude(pk=source.pk).exists()
        units = spellings.in_force(source.facility_id)
        return cls(source, now, limits, codes, facilities, rules=Rules.at(now), alone=alone, units=units)

    def frame(self, neighbours: Neighbours) -> Frame:
        """What a mapping may know."""
        most = self.limits.original_bytes, self.limits.original_files
        return Frame(self.now, self.source.address, self.codes, neighbours, *most, self.traits, self.units)

    def traits(self, patient: str) -> Traits | None:
        """Sex and birth date of whom a patient number stands for; asked where a result has several printed ranges."""
        if patient and patient not in self.people:
            links = SourcePatient.objects.filter(source=self.source, identifier=patient, unlinked_at=None)
            found = links.values_list("resident__sex", "resident__birth_date").first()
            if found is None:
                return None
            self.people[patient] = Traits(*found)
        return self.people.get(patient)

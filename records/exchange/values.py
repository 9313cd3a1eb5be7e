"""What a message says, as plain typed values: nothing here knows FHIR, and nothing here knows the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from records.release import Release


@dataclass(frozen=True)
class StandardCode:
    """What a local code stands for (CodeMapping)."""

    system: str
    code: str
    unit_code: str = ""
    name: str = ""


@dataclass(frozen=True)
class Neighbours:
    """What came in the same file or page: where its addresses lead, what its organizations and people are called."""

    addresses: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Traits:
    """What of a person a printed range may depend on."""

    sex: str
    birth_date: date


def nobody(patient: str) -> Traits | None:
    """Where nothing is known of the persons that messages speak of."""
    return None


@dataclass(frozen=True)
class Frame:
    """All a mapping may know besides the message: the time, the sender's address, codes, and what came with it.

    `original_bytes` and `original_files` say how large and how many a facility's own PDFs may be; `traits` tells, by
    the source's patient number, for whom of several printed ranges one is; `units` are spellings that staff explained.
    """

    now: datetime
    address: str = ""
    codes: Mapping[str, StandardCode] = field(default_factory=dict)
    neighbours: Neighbours = field(default_factory=Neighbours)
    original_bytes: int = 10 * 1024 * 1024
    original_files: int = 5
    traits: Callable[[str], Traits | None] = nobody
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A facility as a message names it: by its code, by its name, or not at all."""

    code: str = ""
    name: str = ""


@dataclass(frozen=True)
class Subject:
    """Whom a message speaks of: the source's own patient number, or a document number with a name."""

    identifier: str = ""
    document_number: str = ""
    name: str = ""


@dataclass(frozen=True)
class Person:
    """A Patient: the strong identifier and what must agree with it; without one, sex and birth date may be missing."""

    numbers: tuple[str, ...]
    name: str
    sex: str
    birth_date: date | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What every record row carries besides its own content."""

    occurred_at: datetime | None = None
    zone_assumed: bool = False
    sensitivity: int = 4
    release: str = Release.RELEASED.value
    withdrawn: bool = False
    place: Place = Place()


@dataclass(frozen=True, kw_only=True)
class EncounterFacts(Facts):
    kind: str
    ended_at: datetime | None = None
    department_name: str = ""
    practitioner_name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Original:
    """A facility's own PDF of a report, in base64 as it came; what it is known by, and how many bytes it has."""

    title: str
    data: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class ReportFacts(Facts):
    category: str
    status: str
    title: str
    report_number: str = ""
    issued_at: datetime | None = None
    reporter: Place = Place()
    practitioner_name: str = ""
    specimen: str = ""
    impression: str = ""
    note: str = ""
    originals: tuple[Original, ...] = ()
    original_hashes: list[str] = field(default_factory=list)
    unshown_files: int = 0
    item_identifiers: list[str] = field(default_factory=list)
    encounter_identifier: str = ""


@dataclass(frozen=True)
class Value:
    """A result as the laboratory printed it, and as a number where it is one."""

    text: str = ""
    number: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    unit_code: str = ""


@dataclass(frozen=True)
class Range:
    """A reference range as printed, and its limits where they are numbers."""

    text: str = ""
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ObservationFacts(Facts):
    part: str = ""
    category: str
    code_system: str = ""
    code: str = ""
    local_code: str = ""
    name: str
    value_number: Decimal | None = None
    value_text: str = ""
    comparator: str = ""
    unit: str = ""
    unit_code: str = ""
    range_text: str = ""
    range_low: Decimal | None = None
    range_high: Decimal | None = None
    flag: str = ""
    specimen: str = ""
    method: str = ""
    note: str = ""
    encounter_identifier: str = ""


@dataclass(frozen=True, kw_only=True)
class StatementFacts(Facts):
    code_system: str = ""
    code: str = ""
    name: str
    state: str = ""
    note: str = ""
    practitioner_name: str = ""


@dataclass(frozen=True, kw_only=True)
class ConditionFacts(StatementFacts):
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MedicationFacts(StatementFacts):
    dosage: str = ""


@dataclass(frozen=True, kw_only=True)
class AllergyFacts(StatementFacts):
    criticality: str = ""
    reaction: str = ""


@dataclass(frozen=True, kw_only=True)
class ImmunizationFacts(StatementFacts):
    lot_number: str = ""
    dose: str = ""
    site: str = ""


@dataclass(frozen=True, kw_only=True)
class ProcedureFacts(StatementFacts):
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ImagingFacts(Facts):
    study_uid: str = ""
    accession: str = ""
    modality: str = ""
    title: str = ""
    images: int | None = None


@dataclass(frozen=True, kw_only=True)
class FormFacts(Facts):
    title: str
    department_name: str = ""
    practitioner_name: str = ""
    answers: list[dict[str, str]] = field(default_factory=list)
    encounter_identifier: str = ""
    assessment: str = ""
    guidance: str = ""


@dataclass(frozen=True, kw_only=True)
class ExaminationFacts(FormFacts):
    year: int | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpFacts(FormFacts):
    programme: str
    way: str = ""
    control: str = ""
    next_due: date | None = None


@dataclass(frozen=True, kw_only=True)
class DocumentFacts(Facts):
    code_system: str = ""
    code: str = ""
    title: str
    author: str = ""
    department_name: str = ""
    sections: list[dict[str, str]] = field(default_factory=list)
    unshown_files: int = 0
    encounter_identifier: str = ""


@dataclass(frozen=True)
class Mapped:
    """One message understood: whom it speaks of, and the rows it makes (one, or one for each component)."""

    subject: Subject
    rows: tuple[Facts, ...]


@dataclass
class Content:
    """A message opened: what it says, and what came with it."""

    resource: dict[str, Any]
    neighbours: Neighbours = field(default_factory=Neighbours)


# Opened messages by the id of their ledger line.
Opened = dict[UUID, Content]

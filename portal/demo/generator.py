"""All FHIR R4 resources of one sandbox facility, deterministic from a seed, and the new ones that appear with time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from . import chronicle, clinical, programmes
from .fhirjson import Resource
from .histories import SHANGHAI, VISITS, Visit, moment
from .panels import panel_of
from .people import RESIDENTS, Resident
from .reports import Occasion, blood_pressure, laboratory_report, narrative_report, serial_number
from .resources import Origin, encounter, encounter_reference, meta, organization, patient, seconds

SANDBOX_FACILITIES = ("COUNTY", "TOWN1")
GROWTH_LIMIT = 200
GROW_EVERY_SECONDS = 120

_OPENED = moment("2022-12-30 09:00")
_MISMATCH_KEY = "name_mismatch"
_DELAY_OF_STATUS = {"corrected": timedelta(days=1, hours=2), "entered-in-error": timedelta(days=2, hours=1)}


def history(facility_code: str, residents: Iterable[Resident] = RESIDENTS, seed: int = 7) -> list[Resource]:
    """Return everything the facility holds before the sandbox starts, in the order of its last changes.

    The county hospital also sends what no portal may take over as it is: a Patient whose name contradicts the ID
    number, and an Observation without code and value. KeyError for a facility without a sandbox history.
    """
    origin = _origin(facility_code, seed)
    everyone = list(residents)
    resources = [organization(facility_code, _OPENED), organization("IMAGING", _OPENED)]
    for person in everyone:
        resources += _everything_about(origin, person)
    if facility_code == "COUNTY":
        resources += _what_must_be_held(origin, everyone)
    return sorted(resources, key=_changed)


def growing(
    facility_code: str,
    residents: Iterable[Resident] = RESIDENTS,
    seed: int = 7,
    *,
    since: datetime,
    now: datetime,
    every: int = GROW_EVERY_SECONDS,
) -> list[Resource]:
    """Return the small reports that appeared after ``since`` until ``now``, one each ``every`` seconds, at most 200.

    A report belongs to its instant on the clock, not to its place since the start: a sandbox that is started again
    never sends another report under an identifier that was used before.
    """
    origin = _origin(facility_code, seed)
    known = [person for person in residents if _visits_of(facility_code, person) and person.guardian_key is None]
    if not known:
        return []
    resources: list[Resource] = []
    for instant in _instants(since, now, every):
        resources += _grown_report(origin, known, instant)
    # Nothing may appear with a time of change that has already passed, or a caller's cursor would step over it.
    return [resource for resource in resources if _changed(resource)[0] <= now]


def mismatched_patient_id(seed: int = 7) -> str:
    """Return the id of the county hospital's Patient whose name is not that of the ID number's owner."""
    return _origin("COUNTY", seed).resource_id("patient", _MISMATCH_KEY)


def malformed_observation_id(seed: int = 7) -> str:
    """Return the id of the county hospital's Observation that has neither code nor value."""
    return _origin("COUNTY", seed).resource_id("observation", "malformed")


def _origin(facility_code: str, seed: int) -> Origin:
    if facility_code not in SANDBOX_FACILITIES:
        raise KeyError(f"{facility_code} has no sandbox; choose one of {', '.join(SANDBOX_FACILITIES)}")
    return Origin(facility_code, seed)


def _changed(resource: Resource) -> tuple[datetime, str]:
    return datetime.fromisoformat(resource["meta"]["lastUpdated"]), f"{resource['resourceType']}/{resource['id']}"


def _visits_of(facility_code: str, person: Resident) -> list[Visit]:
    return [v for v in VISITS if v.facility_code == facility_code and v.resident_key == person.key]


def _everything_about(origin: Origin, person: Resident) -> list[Resource]:
    resources: list[Resource] = []
    for visit in _visits_of(origin.facility_code, person):
        resources += _visit_resources(origin, person, visit)
    resources += _chronicle_of(origin, person)
    if not resources:
        return []
    first = min(_changed(resource)[0] for resource in resources)
    return [patient(origin, person, first.astimezone(SHANGHAI) - timedelta(hours=2)), *resources]


def _visit_resources(origin: Origin, person: Resident, visit: Visit) -> list[Resource]:
    resources = [encounter(origin, person, visit)]
    for place, item in enumerate(visit.items, start=1):
        resources += _item_resources(origin, person, visit, item, place)
    return resources


def _item_resources(origin: Origin, person: Resident, visit: Visit, item: str, place: int) -> list[Resource]:
    name, _, status = item.partition("/")
    occasion = _occasion(origin, person, visit, name, place, status or "final")
    if name == "BP":
        return [blood_pressure(origin, occasion)]
    if ":" in name:
        return narrative_report(origin, name, occasion)
    return laboratory_report(origin, panel_of(origin.facility_code, name), occasion)


def _occasion(origin: Origin, person: Resident, visit: Visit, name: str, place: int, status: str) -> Occasion:
    key = f"{person.key}|{visit.at.isoformat()}|{name}"
    rng = origin.rng("times", key)
    taken = visit.at + timedelta(minutes=rng.randint(2, 5) if name == "BP" else rng.randint(10, 26), seconds=place * 7)
    issued = taken + timedelta(minutes=_minutes_until_issued(origin, name) + rng.randint(0, 12), seconds=place)
    issued += _DELAY_OF_STATUS.get(status, timedelta())
    updated = issued + timedelta(seconds=rng.randint(20, 240), milliseconds=rng.randint(351, 999))
    reference = encounter_reference(origin, visit)
    return Occasion(person, reference, taken, issued, updated, key, serial_number(taken, person, place), status)


def _minutes_until_issued(origin: Origin, name: str) -> int:
    if name == "BP":
        return 0
    return 70 if ":" in name else panel_of(origin.facility_code, name).minutes


def _chronicle_of(origin: Origin, person: Resident) -> Iterator[Resource]:
    def mine(entry: chronicle.Entry) -> bool:
        return (entry.facility_code, entry.resident_key) == (origin.facility_code, person.key)

    yield from (clinical.condition(origin, person, entry) for entry in filter(mine, chronicle.DIAGNOSES))
    yield from (clinical.medication_request(origin, person, entry) for entry in filter(mine, chronicle.PRESCRIPTIONS))
    yield from (clinical.allergy(origin, person, entry) for entry in filter(mine, chronicle.ALLERGIES))
    yield from (clinical.immunization(origin, person, entry) for entry in filter(mine, chronicle.VACCINATIONS))
    yield from (clinical.procedure(origin, person, entry) for entry in filter(mine, chronicle.OPERATIONS))
    yield from programmes.of_person(origin, person)


def _what_must_be_held(origin: Origin, residents: Sequence[Resident]) -> list[Resource]:
    by_key = {person.key: person for person in residents}
    resources: list[Resource] = []
    if "wang_jianguo" in by_key:
        stranger = replace(by_key["wang_jianguo"], key=_MISMATCH_KEY, name="王建军", phone="19900000090")
        visit = Visit("COUNTY", _MISMATCH_KEY, moment("2026-10-21 09:20"), "C02", "健康体检", ("GLU",))
        resources += [
            patient(origin, stranger, moment("2026-10-21 09:02")),
            *_visit_resources(origin, stranger, visit),
        ]
    if "he_lanfang" in by_key:
        resources.append(_malformed_observation(origin, by_key["he_lanfang"]))
    return resources


def _malformed_observation(origin: Origin, person: Resident) -> Resource:
    taken = moment("2026-10-20 09:40")
    return {
        "resourceType": "Observation",
        "id": origin.resource_id("observation", "malformed"),
        "meta": meta(taken + timedelta(minutes=31, milliseconds=77)),
        "status": "final",
        "subject": origin.patient_reference(person),
        "effectiveDateTime": seconds(taken),
    }


def _instants(since: datetime, now: datetime, every: int) -> Iterator[datetime]:
    first = int(since.timestamp()) // every + 1
    last = min(int(now.timestamp()) // every, first + GROWTH_LIMIT - 1)
    for number in range(first, last + 1):
        yield datetime.fromtimestamp(number * every, UTC).astimezone(SHANGHAI)


def _grown_report(origin: Origin, known: Sequence[Resident], instant: datetime) -> list[Resource]:
    epoch = int(instant.timestamp())
    rng = origin.rng("grown", epoch)
    leading = [person for person in known if person.key == "he_lanfang"] or list(known)
    person = rng.choice(leading if rng.random() < 0.5 else list(known))
    panel = panel_of(origin.facility_code, rng.choice(("POCT", "POCT", "HSCRP", "GLU")))
    issued = instant - timedelta(seconds=5)
    taken = issued - timedelta(minutes=panel.minutes + rng.randint(1, 6))
    key = f"{person.key}|grown|{epoch}"
    updated = instant + timedelta(milliseconds=400)
    occasion = Occasion(person, None, taken, issued, updated, key, f"{instant:%Y%m%d%H%M%S}")
    return laboratory_report(origin, panel, occasion)

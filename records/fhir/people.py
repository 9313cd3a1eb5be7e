"""Patient and Organization: the person, and the facilities."""

from collections.abc import Iterable

from facilities.models import Facility
from records.fhir.elements import PORTAL, Resource, filled, reference
from residents.models import Identifier, Resident

GENDERS = {Resident.Sex.MALE: "male", Resident.Sex.FEMALE: "female"}
# WS/T 500: numbers of the national registers.
SYSTEMS = {
    Identifier.Kind.RESIDENT_ID_CARD: "urn:oid:2.16.156.10011.1.3",
    Identifier.Kind.HEALTH_RECORD: "urn:oid:2.16.156.10011.1.2",
}


def patient(resident: Resident, identifiers: Iterable[Identifier] = ()) -> Resource:
    """The person, with the documents that are handed in and no others."""
    managing = reference("Organization", resident.facility_id) if resident.facility_id else None
    return filled(
        resourceType="Patient",
        id=str(resident.pk),
        identifier=[_identifier(one) for one in identifiers if not one.claimed],
        name=[{"use": "official", "text": resident.name}],
        gender=GENDERS.get(Resident.Sex(resident.sex), "unknown"),
        birthDate=resident.birth_date.isoformat(),
        deceasedDateTime=resident.deceased_on.isoformat() if resident.deceased_on else None,
        managingOrganization=managing,
    )


def _identifier(one: Identifier) -> Resource:
    kind = Identifier.Kind(one.kind)
    return filled(
        use="official",
        type={"text": str(kind.label)},
        system=SYSTEMS.get(kind, f"{PORTAL}document:{kind.value}"),
        value=one.value,
    )


def organization(facility: Facility) -> Resource:
    """A facility, or the county's health bureau."""
    return filled(
        resourceType="Organization",
        id=str(facility.pk),
        identifier=[{"system": f"{PORTAL}facility", "value": facility.code}],
        active=facility.is_active,
        name=facility.name,
        telecom=[{"system": "phone", "value": facility.phone}] if facility.phone else [],
        address=[{"text": facility.address}] if facility.address else [],
    )

"""`/fhir/`: read, search, the patient's summary, and what can be asked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.http import http_date

from facilities.models import Facility
from foundation import clock
from records import fhir
from records.fhir.bundles import summary as patient_summary
from records.fhir.elements import Resource
from records.fhir_api import asking, finding
from records.fhir_api.asking import Search
from records.fhir_api.capability import statement
from records.fhir_api.door import public, reader_of, token_of
from records.fhir_api.kinds import KINDS, Kind
from records.fhir_api.outcomes import Problem, answer, bundle, check_format, outcome, unless_known
from residents.access import Viewer
from residents.connected.reading import Look, reading
from residents.connected.server import FHIR, issuer
from residents.models import Resident

PATIENT, ORGANIZATION = "Patient", "Organization"
READ_PATIENT, READ_ORGANIZATION = "records.program_read_patient", "records.program_read_organization"
READ_SUMMARY = "records.program_read_summary"
IN_SUMMARY = (
    *("Patient", "Condition", "AllergyIntolerance", "MedicationStatement", "Immunization", "Procedure"),
    *("Observation", "DiagnosticReport"),
)


@public("GET", "HEAD")
def metadata(request: HttpRequest) -> HttpResponse:
    """What can be asked of this server; for everybody."""
    check_format(request, request.GET.getlist("_format"))
    return answer(statement(clock.now()))


@public("GET", "HEAD")
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """A search; the parameters are in the address."""
    return _search(request, kind, request.GET)


@public("POST")
def post_search(request: HttpRequest, kind: str) -> HttpResponse:
    """The same with the parameters in the body, where no log keeps them."""
    sent = request.GET.copy()
    sent.update(request.POST)
    return _search(request, kind, sent)


def _search(request: HttpRequest, name: str, sent: QueryDict) -> HttpResponse:
    now = clock.now()
    check_format(request, sent.getlist("_format"))
    token = token_of(request, now)
    kind = _kind(name)
    search, whose = _asked(request, name, kind, sent, now)
    wanted = finding.condition(kind, search, now) if kind else None
    look = Look(kind.deed if kind else READ_PATIENT, [f"{name}.s"], kind.label if kind else "residents.resident")
    viewer = reader_of(request, token, look).viewer
    if whose not in {None, viewer.resident_id}:
        raise Problem(400, "value", "The page is not one of this token's.")
    with reading(token):
        if kind is None or wanted is None:
            return answer(_people(search, viewer))
        if not finding.is_about(search, viewer.resident_id, base()):
            return answer(_bundle(name, [], search, viewer, None, 0))
        rows, after = finding.page(kind, search, viewer, wanted) if not search.only_count else ((), None)
        total = finding.total(kind, viewer, wanted) if search.counted else None
        return answer(_bundle(name, kind.write(viewer, rows), search, viewer, after, total))


def _asked(
    request: HttpRequest, name: str, kind: Kind | None, sent: QueryDict, now: datetime
) -> tuple[Search, UUID | None]:
    if "_page" in sent:
        return asking.opened(name, str(sent["_page"]))
    strict = "handling=strict" in request.headers.get("Prefer", "").replace(" ", "")
    pairs = [(one, value) for one, several in sent.lists() for value in several]
    return asking.read(kind, pairs, strict=strict, now=now), None


def _kind(name: str) -> Kind | None:
    if name != PATIENT and name not in KINDS:
        raise Problem(404, "not-supported", "There is no such resource here.")
    return KINDS.get(name)


def _bundle(
    name: str, resources: list[Resource], search: Search, viewer: Viewer, after: asking.Cursor | None, total: int | None
) -> dict[str, Any]:
    entries = [
        {"fullUrl": f"{base()}/{name}/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in resources
    ]
    if search.unknown:
        said = f"Not understood, and left out: {', '.join(map(ascii, search.unknown))}."
        entries.append({"resource": outcome(("warning", "not-supported", said)), "search": {"mode": "outcome"}})
    links = {"self": f"{base()}/{name}"}
    if after is not None:
        links["next"] = f"{base()}/{name}?_page={asking.sealed(name, search, viewer.resident_id, after)}"
    return bundle(entries, links=links, total=total)


def _people(search: Search, viewer: Viewer) -> dict[str, Any]:
    named = [one for several in search.filters.get("_id", ()) for one in several]
    found = _people_of(viewer)
    own = [fhir.patient(one) for one in found if not named or str(one.pk) in named]
    return _bundle(PATIENT, [] if search.only_count else own, search, viewer, None, len(own))


def _people_of(viewer: Viewer) -> QuerySet[Resident]:
    return Resident.objects.filter(pk=viewer.resident_id)


@public("GET", "HEAD")
def read(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """One resource by its id. A stranger's, a withheld and a missing one are the same 404."""
    check_format(request, request.GET.getlist("_format"))
    token = token_of(request, clock.now())
    if kind == ORGANIZATION:
        return _organization(request, token, key)
    found = _kind(kind)
    label = found.label if found else "residents.resident"
    look = Look(found.deed if found else READ_PATIENT, [f"{kind}.r"], label, _tame(key))
    viewer = reader_of(request, token, look).viewer
    with reading(token):
        if found is None:
            person = next((one for one in _people_of(viewer) if str(one.pk) == key), None)
            return unless_known(request, fhir.patient(_there(person)), {})
        row = _there(found.rows(viewer).filter(id=_uuid(key)).first())
        changed = {"Last-Modified": http_date(row.received_at.timestamp())}
        return unless_known(request, found.write(viewer, [row])[0], changed)


def _organization(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """A facility: public, and asked for with a token like everything else."""
    reader_of(request, token, Look(READ_ORGANIZATION, [], "facilities.facility", _tame(key)))
    with reading(token):
        return unless_known(request, fhir.organization(_there(Facility.objects.filter(pk=_uuid(key)).first())), {})


@public("GET", "HEAD")
def summary(request: HttpRequest, key: str = "") -> HttpResponse:
    """`Patient/$summary`: the International Patient Summary, for a program that may read all that is in it."""
    check_format(request, request.GET.getlist("_format"))
    now = clock.now()
    token = token_of(request, now)
    look = Look(READ_SUMMARY, [f"{kind}.r" for kind in IN_SUMMARY], "residents.resident", _tame(key))
    viewer = reader_of(request, token, look).viewer
    if key and key != str(viewer.resident_id):
        raise _missing()
    with reading(token):
        return answer(patient_summary(viewer, now, deed=""))


@public("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever else is asked for: nothing is written here, and there is no more to read."""
    raise Problem(404, "not-found", "There is nothing at this address.")


def base() -> str:
    """This interface's own address."""
    return issuer() + FHIR


def _there(row: Any) -> Any:
    if row is None:
        raise _missing()
    return row


def _missing() -> Problem:
    return Problem(404, "not-found", "There is no such resource, or it is not shown here.")


def _uuid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise _missing() from None


def _tame(key: str) -> str:
    """An id as the log takes it: nothing that anybody typed."""
    try:
        return str(UUID(key))
    except ValueError:
        return ""

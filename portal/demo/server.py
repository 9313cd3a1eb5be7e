"""One sandbox facility as a small threaded HTTP server that speaks FHIR R4 reading and searching."""

import hmac
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import TracebackType
from typing import Self

from . import answers
from .answers import Answer
from .faults import NO_FAULTS, Faults
from .fhirjson import Resource
from .generator import growing, history
from .listener import Listener
from .people import RESIDENTS, Resident
from .search import BadSearch, Query, Stored, found, included, query_from, query_from_token, store

KINDS = (
    "AllergyIntolerance",
    "Composition",
    "Condition",
    "DiagnosticReport",
    "Encounter",
    "Immunization",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Procedure",
    "QuestionnaireResponse",
)


def _system_now() -> datetime:
    return datetime.now(UTC)


class SandboxServer:
    """A facility on 127.0.0.1; use it as a context manager, or call ``start`` and ``stop``.

    ``resources`` replaces the generated history, ``grow_every=None`` lets nothing new appear, ``since`` moves the
    moment from which new results appear, ``clock`` tells the time. ``faults`` may be changed while it runs;
    ``requests`` lists the paths asked for so far. OSError when the port is taken.
    """

    def __init__(
        self,
        facility: str = "COUNTY",
        residents: Sequence[Resident] = RESIDENTS,
        seed: int = 7,
        token: str | None = None,
        faults: Faults = NO_FAULTS,
        port: int = 0,
        *,
        grow_every: int | None = None,
        since: datetime | None = None,
        clock: Callable[[], datetime] = _system_now,
        resources: Iterable[Resource] | None = None,
    ) -> None:
        self.facility = facility
        self.faults = faults
        self.requests: list[str] = []
        self._residents, self._seed, self._token = residents, seed, token
        self._grow_every, self._clock, self._since = grow_every, clock, since or clock()
        self._lock = threading.Lock()
        self._faulty_answers = 0
        self._grown: tuple[int, list[Stored]] = (-1, [])
        kept = _generated(facility, tuple(residents), seed) if resources is None else map(store, resources)
        self._kept = {_key(item): item for item in kept}
        self._listener = Listener(self.answer, port)

    @property
    def url(self) -> str:
        """The FHIR base address, ending in ``/fhir``."""
        return f"http://127.0.0.1:{self._listener.port}/fhir"

    def start(self) -> Self:
        """Begin to serve in a thread of its own."""
        self._listener.start()
        return self

    def stop(self) -> None:
        """Stop serving, release the port and end every wait."""
        self._listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def put(self, resource: Resource) -> None:
        """Add a resource or replace it by a newer version, as a facility does when it corrects a report."""
        item = store(resource)
        with self._lock:
            self._kept[_key(item)] = item

    def everything(self) -> list[Stored]:
        """Return all resources the server holds at this moment."""
        now = self._clock()
        with self._lock:
            grown = {_key(item): item for item in self._grown_in_the_period_of(now) if item.changed <= now}
            return list((grown | self._kept).values())

    def answer(self, path: str, parameters: Sequence[tuple[str, str]], authorization: str | None) -> Answer:
        """Return the answer to one GET; every problem becomes an OperationOutcome with its HTTP status."""
        with self._lock:
            self.requests.append(path)
        parts = path.strip("/").split("/")
        if parts[0] != "fhir" or len(parts) not in (2, 3):
            return answers.problem(404, "not-found", f"There is nothing at {path}; the FHIR base is /fhir.")
        faults = self._faults_for(parts[1])
        answer = self._right_answer(parts[1:], parameters, authorization, faults)
        return answers.spoiled(answer, faults)

    def _faults_for(self, kind: str) -> Faults:
        with self._lock:
            if self.faults is NO_FAULTS or not self.faults.concern(kind, self._faulty_answers):
                return NO_FAULTS
            self._faulty_answers += 1
            return self.faults

    def _right_answer(
        self, parts: list[str], parameters: Sequence[tuple[str, str]], authorization: str | None, faults: Faults
    ) -> Answer:
        if parts == ["metadata"]:
            return answers.capability(self.facility, self.url, KINDS)
        if not self._may_read(authorization):
            return answers.problem(401, "login", "A valid Bearer token is required.")
        if parts[0] not in KINDS:
            return answers.problem(404, "not-supported", f"This server has no {parts[0]}.")
        try:
            return self._read(parts) if len(parts) == 2 else self._search(parts[0], parameters, faults)
        except BadSearch as bad:
            return answers.problem(400, "invalid", str(bad))

    def _may_read(self, authorization: str | None) -> bool:
        if self._token is None:
            return True
        return hmac.compare_digest((authorization or "").encode(), f"Bearer {self._token}".encode())

    def _read(self, parts: list[str]) -> Answer:
        wanted = "/".join(parts)
        for item in self.everything():
            if _key(item) == wanted:
                return answers.resource(item)
        return answers.problem(404, "not-found", f"{wanted} is not known here.")

    def _search(self, kind: str, parameters: Sequence[tuple[str, str]], faults: Faults) -> Answer:
        query = self._query(kind, parameters)
        everything = {_key(item): item for item in self.everything()}
        hits = found(query, everything.values())
        page = hits[query.offset : query.offset + query.count]
        links = {"self": answers.self_address(self.url, query), "next": self._next(query, len(hits), faults)}
        return answers.bundle(self.url, len(hits), links, page, included(query, page, everything), self._clock())

    def _query(self, kind: str, parameters: Sequence[tuple[str, str]]) -> Query:
        token = next((value for name, value in parameters if name == "_page"), None)
        if token is None:
            return query_from(kind, parameters, self._clock())
        query = query_from_token(token)
        if query.kind != kind:
            raise BadSearch("the page token belongs to a search for another resource type")
        return query

    def _next(self, query: Query, total: int, faults: Faults) -> str | None:
        base = f"{faults.foreign_next or self.url.removesuffix('/fhir')}/fhir/{query.kind}?_page="
        if faults.duplicate_pages and query.lap == 0:
            return base + query.token(query.offset, lap=1)
        following = query.offset + query.count
        if following < total:
            return base + query.token(following, query.lap if faults.endless_next else 0)
        return base + query.token(0, query.lap + 1) if faults.endless_next else None

    def _grown_in_the_period_of(self, now: datetime) -> list[Stored]:
        if self._grow_every is None:
            return []
        period = int(now.timestamp()) // self._grow_every
        if self._grown[0] != period:
            # Worked out to the end of the period and kept, or every page asked for would generate all of it again.
            end = datetime.fromtimestamp((period + 1) * self._grow_every, UTC) - timedelta(milliseconds=1)
            new = growing(
                self.facility, self._residents, self._seed, since=self._since, now=end, every=self._grow_every
            )
            self._grown = (period, [store(item) for item in new])
        return self._grown[1]


@lru_cache(maxsize=8)
def _generated(facility: str, residents: tuple[Resident, ...], seed: int) -> tuple[Stored, ...]:
    return tuple(store(item) for item in history(facility, residents, seed))


def _key(item: Stored) -> str:
    return f"{item.kind}/{item.id}"

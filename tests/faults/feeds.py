"""One small feed of each kind, with a real peer: what its facility does, and what the portal does by itself."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.core.cache import cache
from django.test import Client, override_settings
from hl7.client import MLLPClient

from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from portal.demo.sandbox import SandboxServer
from records.exchange import documents, folders, pulling, pushing, retrying
from records.exchange.models import Source
from tests import factories
from tests.exchange.cda.making import LABORATORY
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.exchange.hl7v2.test_mllp import listening_with
from tests.exchange.pacs.answers import answer, study
from tests.exchange.pacs.peer import pretending
from tests.exchange.sending import observation, patient, report, versioned
from tests.exchange.sqlviews import frontend
from tests.exchange.tables.making import COLUMNS, ROWS, text
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER

MORNING = "2026-11-20T08:00:00Z"
FHIR = [versioned(one, 1, MORNING) for one in (patient(), observation(), report())]
MESSAGES = [oru(GLUCOSE), oru(GLUCOSE.replace("5.60", "6.10"), obr="OBR|1||L5002^LIS|GLU^血糖^L|||20261120081000")]
TOKEN = "FACILITY_TOKEN_FRONTEND"


class Bring(Protocol):
    """Has everything that the facility has yet to send arrive; `at` is the time. Called again, it goes on."""

    def __call__(self, at: datetime) -> None: ...


Feed = Callable[[Path], Any]


def portal_works(source: Source, at: datetime) -> None:
    """What the timetable does of one source."""
    with acting_as("worker"):
        documents.translate(source.pk, clock=lambda: at)
        retrying.sweep(at)


def pulled(source: Source) -> Bring:
    def bring(at: datetime) -> None:
        with acting_as("worker"):
            pulling.pull(source.pk, clock=lambda: at)

    return bring


def _county() -> Any:
    return factories.facility("COUNTY", "县人民医院", "county")


@contextmanager
def fhir_pull(folder: Path) -> Iterator[tuple[Source, Bring]]:
    with SandboxServer("COUNTY", resources=FHIR, clock=lambda: NOON) as server:
        fields = {"kind": "fhir_r4", "address": server.url, "allowed_hosts": [urlsplit(server.url).netloc]}
        source = factories.source(_county(), "pull", **fields)
        yield source, pulled(source)


@contextmanager
def sql_view(folder: Path) -> Iterator[tuple[Source, Bring]]:
    with frontend.front_end() as machine:
        both = {"report": "L001", "changed": "2026-11-20 10:30:00", "document": HELANFANG_NUMBER}
        machine.add(code="ALT", item="谷丙转氨酶", value="56.0", **both)
        machine.add(code="ALB", item="白蛋白", value="42.10", **both)
        os.environ[TOKEN] = frontend.PASSWORD
        options = {"view": "检验视图", "watermark": "修改时间", "key": "行号", "tls": "off"}
        source = factories.source(
            _county(),
            "view",
            kind="sql_view",
            address=machine.address,
            credential=TOKEN,
            allowed_hosts=[f"127.0.0.1:{machine.port}"],
            options=options | {"columns": {"columns": frontend.COLUMNS}},
        )
        yield source, pulled(source)
        del os.environ[TOKEN]


@contextmanager
def dicomweb(folder: Path) -> Iterator[tuple[Source, Bring]]:
    listed = answer(study())
    reply = (200, {"Content-Type": "application/dicom+json"}, listed)
    nothing = (200, {"Content-Type": "application/dicom+json"}, b"[]")
    with pretending(lambda path, headers: reply if "20261107" in path else nothing) as address:
        fields = {"kind": "dicomweb", "address": address, "allowed_hosts": [urlsplit(address).netloc]}
        source = factories.source(_county(), "pacs", cursor={"StudyDate": "2026-11-21"}, **fields)
        yield source, pulled(source)


class Unanswered:
    """What a sender has yet to send: what was not acknowledged. Written to a file, as the sender may be killed too."""

    def __init__(self, folder: Path, messages: list[bytes]) -> None:
        self._file, self._messages = folder / "acknowledged", messages
        self._file.write_text("")

    def send(self, by: Callable[[bytes], bool]) -> None:
        """Send in order what is left; stops at what is not acknowledged."""
        done = len(self._file.read_text())
        for message in self._messages[done:]:
            assert by(message), "not acknowledged"
            with self._file.open("a") as stream:
                stream.write(".")


@contextmanager
def mllp(folder: Path) -> Iterator[tuple[Source, Bring]]:
    source = factories.source(_county(), "lis", kind="hl7v2", allowed_hosts=["127.0.0.1"])
    unanswered = Unanswered(folder, [message.encode() for message in MESSAGES])

    def bring(at: datetime) -> None:
        with listening_with() as port, MLLPClient("127.0.0.1", port) as client:
            client.socket.settimeout(10)
            unanswered.send(lambda message: b"MSA|AA" in client.send_message(message))

    yield source, bring


@contextmanager
def fhir_push(folder: Path) -> Iterator[tuple[Source, Bring]]:
    source = factories.source(_county(), "push", kind="fhir_push")
    with acting_as("owner"):
        token = pushing.issue(source, "孙接口", NOON)
    entries = [{"resource": one} for one in (patient(), observation(), report())]
    body = dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()
    unanswered = Unanswered(folder, [body])

    def push(raw: bytes) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        said = Client().post("/exchange/fhir/", raw, content_type="application/fhir+json", headers=headers)
        return said.status_code in (200, 202)

    yield source, lambda at: unanswered.send(push)


def dropped(kind: str, name: str, raw: bytes, **options: Any) -> Feed:
    """A feed of files of a kind, with one file in its folder."""

    @contextmanager
    def feed(folder: Path) -> Iterator[tuple[Source, Bring]]:
        place = folder / "drop" / "lis"
        place.mkdir(parents=True)
        (place / name).write_bytes(raw)
        cache.clear()
        source = factories.source(_county(), "drop", kind=kind, options={"folder": "lis", **options})

        def bring(at: datetime) -> None:
            with override_settings(DROP_FOLDER=str(folder / "drop")), acting_as("worker"):
                for look in range(3):
                    folders.watch(source.pk, clock=lambda look=look: at + timedelta(seconds=15 * look))

        yield source, bring
        left = [path for path in place.rglob("*") if path.is_file()]
        assert [path.parent.parent.name for path in left] == ["done"], left

    return feed


FEEDS: dict[str, Feed] = {
    "FHIR pull": fhir_pull,
    "FHIR push": fhir_push,
    "MLLP": mllp,
    "a folder of tables": dropped("table", "a.csv", text(ROWS).encode("gbk"), columns=COLUMNS, charset="GBK"),
    "a folder of CDA": dropped("cda", "a.xml", LABORATORY.encode()),
    "a folder of HL7": dropped("hl7v2", "a.hl7", MESSAGES[0].encode()),
    "a view": sql_view,
    "DICOMweb": dicomweb,
}

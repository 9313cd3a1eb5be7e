"""`make bench`: what taking in HL7 v2 results of 20 items costs, next to floors measured in the same run.

CPU time of ours and of PostgreSQL's backend for each message, whatever else the machine does; rounds alternate, medians
are shown. The floors: parsing the text alone with the library, and copying the sealed bytes into a table without an
index, a rule or a key. The table is also written to var/bench/hl7.json.
"""

from collections.abc import Sequence
from typing import Any

import hl7
import pytest
from django.db import connections

from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.hl7v2 import receiving, senders
from records.exchange.hl7v2.receiving import Peer
from records.exchange.hl7v2.senders import Sender
from records.exchange.models import Held, InboundKey, Source
from tests import factories
from tests.bench.measuring import Row, keep, measured, medians, show
from tests.exchange.hl7v2.messages import GLUCOSE, OBR, oru
from tests.factories import NOON, id_number

ROUNDS, MESSAGES, ITEMS = 3, 150, 20
PEER = Peer("127.0.0.1", 2575)
ENOUGH = 250  # messages for each second of CPU time, stored and acknowledged (issue 4, "Load")


def message(number: int) -> bytes:
    """A report of twenty items of somebody who has not been heard of."""
    card = id_number(sequence=number % 1000)
    pid = f"PID|1||{number}^^^HIS^PI~{card}^^^MPS^NI||某^某||19800101|{'FM'[number % 2]}"
    items = [
        GLUCOSE.replace("OBX|1", f"OBX|{n}").replace("GLU^葡萄糖^L^2345-7^Glucose^LN", f"X{n}^项目{n}^L")
        for n in range(ITEMS)
    ]
    text = oru(*items, pid=pid, obr=OBR.replace("L5001", f"L{number}"))
    return text.replace("MSG00001", f"M{number}").encode()


@pytest.fixture
def lis(db: None) -> Source:
    county = factories.facility("COUNTY", "县人民医院", "county")
    return factories.source(county, "county-lis", kind="hl7v2", allowed_hosts=["127.0.0.1"])


def parsed(raws: Sequence[bytes]) -> Row:
    with measured(len(raws)) as row:
        for raw in raws:
            hl7.parse(raw.decode())
    return row


def copied(raws: Sequence[bytes]) -> Row:
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE bare_messages (content bytea)")
        try:
            with measured(len(raws), "owner") as row, cursor.copy("COPY bare_messages FROM STDIN") as copy:
                for raw in raws:
                    copy.write_row([raw])
        finally:
            cursor.execute("DROP TABLE bare_messages")
    return row


def acknowledged(raws: Sequence[bytes], of: Sequence[Sender]) -> Row:
    with measured(len(raws)) as row:
        answers = [receiving.receive(raw, PEER, of, NOON) for raw in raws]
    assert all(b"MSA|AA" in answer for answer in answers)
    return row


def applied(lis: Source, messages: int) -> Row:
    with measured(messages) as row:
        documents.translate(lis.pk, clock=lambda: NOON)
    return row


def a_round(lis: Source, of: Sequence[Sender], number: int) -> dict[str, Row]:
    raws = [message(number * MESSAGES + one) for one in range(MESSAGES)]
    return {
        "parse": parsed(raws),
        "copy": copied(raws),
        "store and ACK": acknowledged(raws, of),
        "the same again": acknowledged(raws, of),
        "into the record": applied(lis, MESSAGES),
    }


def test_hl7(lis: Source, capsys: pytest.CaptureFixture[Any]) -> None:
    with acting_as("worker"):
        of = senders.known()
    rounds = [a_round(lis, of, number) for number in range(ROUNDS + 1)][1:]  # the first one warms up
    table = {name: medians([one[name] for one in rounds]) for name in rounds[0]}
    with capsys.disabled():
        show(table, "for each HL7 message", print)
        print(f"store and ACK: {1000 / table['store and ACK']['CPU ms']:.0f} messages a second of CPU time")
    keep(table, "hl7")
    with acting_as("owner"):
        lines = InboundKey.objects.filter(state="applied", kind="DiagnosticReport").count()
        assert (lines, Held.objects.count()) == ((ROUNDS + 1) * MESSAGES, 0)
    assert 1000 / table["store and ACK"]["CPU ms"] >= ENOUGH

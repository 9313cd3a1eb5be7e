"""From a message to the record: once, corrected, cancelled, late, for another, and back again."""

from collections.abc import Callable
from datetime import datetime

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.hl7v2.receiving import keep
from records.exchange.models import Held, InboundKey, Pull, Source
from records.models import Encounter, Observation, Report
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import CARD, GLUCOSE, OBR, PID, oru, text
from tests.exchange.hl7v2.test_reports import CT, FINDING, OPINION
from tests.exchange.hl7v2.test_visits import EVN, pv1
from tests.exchange.sending import counts
from tests.factories import NOON

Clock = Callable[[], datetime]
LATER = OBR.replace("20261120090000", "20261120150000").replace("|LAB|F|", "|LAB|C|")
CORRECTED = GLUCOSE.replace("||5.60|", "||6.50|").replace("|N|||F|", "|H|||C|")


@pytest.fixture
def lis(county: Facility) -> Source:
    return factories.source(county, "county-lis", kind="hl7v2")


def sent(lis: Source, clock: Clock, *messages: str) -> Pull:
    """Messages kept and translated in their order."""
    with acting_as("worker"):
        for message in messages:
            keep(message.encode(), lis, "MSG00001", NOON)
        return documents.translate(lis.pk, clock=clock)


def shown() -> list[tuple[str, str, str]]:
    """The current results: value, unit, flag."""
    found = rows(Observation, superseded_at=None)
    return sorted((row.value_text, row.unit, row.flag) for row in found if not row.withdrawn_at)


def test_a_result_message_is_in_the_record(lis: Source, clock: Clock) -> None:
    assert counts(sent(lis, clock, oru(GLUCOSE))) == {"fetched": 3, "new": 3}
    (result,) = rows(Observation)
    assert (result.value_text, result.unit, result.range_text) == ("5.60", "mmol/L", "3.90-6.10")
    assert (result.code, result.local_code, result.name, result.specimen) == ("2345-7", "GLU", "葡萄糖", "血液")
    (report,) = rows(Report)
    assert (report.title, report.category, report.report_number) == ("血常规", "laboratory", "L5001")
    (resident,) = rows(Resident)
    assert resident.name == "贺兰芳"


def test_the_same_again_adds_nothing(lis: Source, clock: Clock) -> None:
    sent(lis, clock, oru(GLUCOSE))
    again = oru(GLUCOSE).replace("MSG00001", "MSG00002").replace("20261120093000", "20261120100000", 1)
    assert counts(sent(lis, clock, again)) == {"fetched": 3, "repeated": 3}
    assert len(rows(Observation)) == len(rows(Report)) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0)])
def test_a_correction_wins_in_any_order(lis: Source, clock: Clock, order: tuple[int, ...]) -> None:
    versions = oru(GLUCOSE), oru(CORRECTED, obr=LATER)
    for place in order:
        sent(lis, clock, versions[place])
    assert shown() == [("6.50", "mmol/L", "high")]


def test_a_wrong_result_is_taken_back(lis: Source, clock: Clock) -> None:
    wrong = GLUCOSE.replace("|N|||F|", "|N|||W|")
    sent(lis, clock, oru(GLUCOSE), oru(wrong, obr=LATER))
    assert shown() == []


def test_a_cancelled_order_cancels_the_report(lis: Source, clock: Clock) -> None:
    cancel = text(PID, "ORC|CA|P77|L5001^LIS||||||20261121080000", OBR, kind="OML^O21")
    sent(lis, clock, oru(GLUCOSE), cancel)
    (current,) = rows(Report, superseded_at=None)
    assert current.status == "cancelled"


def test_results_that_came_before_their_patient_wait_for_him(lis: Source, clock: Clock) -> None:
    sent(lis, clock, oru(GLUCOSE, pid="PID|1||10020137^^^HIS^PI||贺^兰芳||19800101|M"))
    assert {held.reason for held in rows(Held)} == {"no_identifier", "unknown_subject"}
    sent(lis, clock, text(EVN, PID, kind="ADT^A04"))
    with acting_as("worker"):
        documents.translate(lis.pk, clock=clock)
    assert shown() == [("5.60", "mmol/L", "normal")]


def test_somebody_known_by_the_id_card_alone_gets_his_results(lis: Source, clock: Clock) -> None:
    pid = f"PID|1||{CARD}^^^^NI||贺^兰芳||19800101|M"
    assert counts(sent(lis, clock, oru(GLUCOSE, pid=pid))) == {"fetched": 3, "new": 3}
    keys = rows(InboundKey)
    assert not any(CARD in key.identifier for key in keys)


def test_a_visit_is_in_the_record(lis: Source, clock: Clock) -> None:
    sent(lis, clock, text(EVN, PID, pv1(), kind="ADT^A01"))
    (visit,) = rows(Encounter)
    assert (visit.kind, visit.department_name, visit.practitioner_name) == ("inpatient", "心内科", "周主治")


def test_an_examination_has_its_finding_and_its_opinion(lis: Source, clock: Clock) -> None:
    sent(lis, clock, oru(FINDING, OPINION, obr=CT))
    (report,) = rows(Report)
    assert (report.category, report.impression) == ("imaging", "未见明显异常。")
    assert shown() == [("双肺纹理清晰。", "", "")]


def test_a_message_of_no_use_is_counted_as_skipped(lis: Source, clock: Clock) -> None:
    assert counts(sent(lis, clock, text(PID, "SCH|1", kind="SIU^S12"))) == {"fetched": 1, "skipped": 1}


def test_a_message_that_cannot_be_read_is_held_with_the_reason(lis: Source, clock: Clock) -> None:
    assert counts(sent(lis, clock, oru(GLUCOSE, pid="PID|1"))) == {"fetched": 1, "held": 1}
    (held,) = rows(Held)
    assert held.reason == "unreadable" and "PID-3" in held.explanation


def test_a_batch_is_applied_but_for_what_cannot_be_read(lis: Source, clock: Clock) -> None:
    batch = "BHS|^~\\&\r" + oru(GLUCOSE) + oru(GLUCOSE, pid="PID|1") + oru(GLUCOSE, pid="PID|2") + "BTS|4\r"
    assert counts(sent(lis, clock, batch)) == {"fetched": 6, "new": 3, "held": 3}
    assert {held.explanation[:4] for held in rows(Held)} == {"批量文件", "批次结尾"}

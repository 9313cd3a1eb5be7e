"""What the county hospital did, as its own feed tells it, and as the township's hands it on under its own numbers.

Report a: at first one of two that look alike, in the end the only one, corrected by both. b: the other one, cancelled.
c: corrected by the county alone. d: taken back by the county alone. ct: the hospital's HL7 feed and the township's.
"""

from typing import Any

from tests.exchange.hl7v2.messages import CARD
from tests.exchange.sending import at_utc, observation, patient, report, versioned
from tests.exchange.twice import COUNTY, SEEN, immunization
from tests.factories import id_number

Resources = list[dict[str, Any]]
MAN = patient(id_number(sequence=77), id="p2", name=[{"text": "王建国"}], gender="male", birthDate="1980-01-01")
FIXED = {"value": "6.10", "status": "corrected"}
CHEST: dict[str, Any] = {
    "category": [{"coding": [{"code": "RAD"}]}],
    "code": {"text": "胸部CT平扫"},
    "conclusion": "未见明显异常。",
    "effectiveDateTime": "2026-11-20T10:15:00+08:00",
    "issued": "2026-11-20T11:30:00+08:00",
}


def _of(number: str) -> dict[str, Any]:
    return {"subject": {"reference": f"Patient/{number}"}}


def _item(name: str, who: str, hour: int, **fields: Any) -> dict[str, Any]:
    return versioned(observation(id=f"{name}-item", **COUNTY, **_of(who), **fields), updated=at_utc(hour))


def _report(name: str, who: str, hour: int, **fields: Any) -> dict[str, Any]:
    items = {"result": [{"reference": f"Observation/{name}-item"}]}
    return versioned(report(id=name, **COUNTY, **items, **_of(who), **fields), updated=at_utc(hour))


def _corrected(name: str, who: str, hour: int) -> Resources:
    return [_item(name, who, hour, **FIXED), _report(name, who, hour, status="corrected")]


def _first(name: str, who: str, hour: int, **fields: Any) -> Resources:
    return [_item(name, who, hour, **fields), _report(name, who, hour)]


def _seen(name: str, who: str) -> dict[str, Any]:
    item = {key: value for key, value in _item(name, who, 2).items() if key != "valueQuantity"}
    return item | {key: value for key, value in SEEN.items() if value is not None}


COUNTY_TOO = [
    *_first("a", "p1", 1),
    *_corrected("a", "p1", 5),
    *_first("b", "p1", 1),
    _report("b", "p1", 4, status="cancelled"),
    *_first("c", "p2", 1),
    *_corrected("c", "p2", 5),
    *_first("d", "p2", 1, value="8.80"),
    _report("d", "p2", 3, status="entered-in-error"),
    immunization(),
]
TOWN = [
    patient(id="t1"),
    {**MAN, "id": "t2"},
    patient(CARD, id="t3", gender="male", birthDate="1980-01-01"),
    *_first("ta", "t1", 2),
    *_corrected("ta", "t1", 6),
    *_first("tc", "t2", 2),
    *_first("td", "t2", 2, value="8.80"),
    immunization(id="ti", patient={"reference": "Patient/t1"}, lotNumber="A7"),
    _seen("ct", "t3"),
    _report("ct", "t3", 2, **CHEST),
]

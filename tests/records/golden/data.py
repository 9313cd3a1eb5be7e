"""Fasting glucose and HbA1c of 贺兰芳 as two feeds tell them, and the lines that are right.

Of the county: c1 today's glucose in a report; c2 corrected afterwards; c3 taken back; c4 of urine; c5 by another
method; c6 a limit alone; c7 HbA1c in mmol/mol. Of the township: t1 c1 handed on; t2 in mg/dL under the other code; t3
without a code; t4 in an unknown unit; t5 without a number; t6 HbA1c in %; t7 corrected, and without a method: of two
it belongs to neither.
"""

from decimal import Decimal
from typing import Any

from tests.exchange.sending import LOINC, at_utc, observation, patient, report, versioned
from tests.exchange.twice import COUNTY

Resource = dict[str, Any]
SERUM, HK = {"display": "血清"}, {"text": "己糖激酶法"}


def quantity(value: str, unit: str = "mmol/L", comparator: str = "") -> Resource:
    """A value as FHIR writes it."""
    return {"value": Decimal(value), "unit": unit, **({"comparator": comparator} if comparator else {})}


def coded(code: str, name: str) -> Resource:
    """An item with a LOINC code and a printed name."""
    return {"coding": [{"system": LOINC, "code": code}], "text": name}


def glucose(id: str, day: str, value: str, hour: int = 1, **fields: Any) -> Resource:
    """A fasting glucose on a day of 2026; `hour` is when the source last changed it."""
    told: dict[str, Any] = {"effectiveDateTime": f"2026-{day}T08:00:00+08:00", "specimen": SERUM, "method": HK}
    told |= {"valueQuantity": quantity(value), "code": coded("14771-0", "空腹血糖")}
    return versioned(observation(id=id, **told | fields), updated=at_utc(hour))


def hba1c(id: str, day: str, code: str, value: str, unit: str) -> Resource:
    """A glycated haemoglobin, by whichever of its codes."""
    where: Resource = {
        "code": coded(code, "糖化血红蛋白"),
        "valueQuantity": quantity(value, unit),
        "referenceRange": [],
    }
    return glucose(id, day, value, **where, method={"text": "HPLC"}, specimen={"display": "全血"})


def _sheet(id: str, item: str, **fields: Any) -> Resource:
    when = "2026-11-20T08:00:00+08:00"
    named: dict[str, Any] = {"result": [{"reference": f"Observation/{item}"}], "effectiveDateTime": when}
    return versioned(report(id=id, **COUNTY, **named, **fields), updated=at_utc(1))


FROM_COUNTY: list[Resource] = [
    patient(),
    glucose("c1", "11-20", "5.60", **COUNTY),
    _sheet("c-report", "c1"),
    glucose("c2", "10-10", "9.90"),
    glucose("c2", "10-10", "6.20", hour=5, status="corrected"),
    glucose("c3", "09-09", "8.80"),
    glucose("c3", "09-09", "8.80", hour=6, status="entered-in-error"),
    glucose("c4", "08-08", "0.30", specimen={"display": "尿液"}),
    glucose("c5", "07-07", "6.60", method={"text": "GOD-POD"}),
    glucose("c6", "06-06", "0.50", valueQuantity=quantity("0.50", comparator="<")),
    hba1c("c7", "11-20", "59261-8", "53", "mmol/mol"),
]
FROM_TOWN: list[Resource] = [
    patient(),
    glucose("t1", "11-20", "5.60", **COUNTY),
    _sheet("t-report", "t1"),
    glucose("t2", "05-05", "126", code=coded("1558-6", "空腹血糖"), valueQuantity=quantity("126", "mg/dL")),
    glucose("t3", "04-04", "5.90", code={"text": "空腹血糖"}),
    glucose("t4", "03-03", "5.80", valueQuantity=quantity("5.80", "格令")),
    {**glucose("t5", "02-02", "1"), "valueQuantity": None, "valueString": "标本溶血"},
    hba1c("t6", "05-05", "4548-4", "6.5", "%"),
    glucose("t7", "01-01", "5.10", hour=3, method={}),
    glucose("t7", "01-01", "4.10", hour=2, method={}),
]
FROM_TOWN = [{key: value for key, value in one.items() if value not in (None, {})} for one in FROM_TOWN]
ARRIVALS = [*(("county", one) for one in FROM_COUNTY), *(("town", one) for one in FROM_TOWN)]

# The code whose newest result the line is of -> its points (day, value, what was printed, feeds), and what is apart.
LINES: dict[str, Any] = {
    "14771-0": {
        "unit": "mmol/L",
        "points": [
            ("05-05", "6.99", "126 mg/dL", ["town"]),
            ("06-06", "0.5", "<0.50 mmol/L", ["county"]),
            ("10-10", "6.2", "6.20 mmol/L", ["county"]),
            ("11-20", "5.6", "5.60 mmol/L", ["county", "town"]),
        ],
        "apart": [
            ("code", "镇卫生院", ["5.90 mmol/L"]),
            ("number", "", ["标本溶血"]),
            ("specimen", "尿", ["0.30 mmol/L"]),
            ("unit", "格令", ["5.80 格令"]),
            ("method", "", ["5.10 mmol/L"]),
            ("method", "葡萄糖氧化酶法", ["6.60 mmol/L"]),
        ],
    },
    "59261-8": {
        "unit": "mmol/mol",
        "points": [("05-05", "47.5", "6.5 %", ["town"]), ("11-20", "53", "53 mmol/mol", ["county"])],
        "apart": [],
    },
}

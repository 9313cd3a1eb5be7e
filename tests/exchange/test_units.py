"""Units, comparators and qualitative results: as printed, understood by a table, never converted, never joined."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from records.comparing import comparable
from records.exchange import units
from records.exchange.mapping.observation import observation as mapped
from records.exchange.models import Source
from records.exchange.values import Frame, ObservationFacts, StandardCode, Traits
from records.models import Observation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, patient
from tests.factories import NOON
from tests.people import People

UCUM = "http://unitsofmeasure.org"
LOCAL = {"coding": [{"code": "GLU"}], "text": "血糖"}
# The atoms of UCUM that the table uses: metric ones take a prefix. An annotation in braces means nothing.
METRIC = ("g", "L", "mol", "m", "s", "U", "[IU]", "eq", "osm", "Pa", "B", "m[Hg]", "m[H2O]")
OTHERS = ("%", "[ppth]", "[HPF]", "[LPF]", "[pH]", "[degF]", "Cel", "min", "h", "d", "wk", "mo", "a", "10", "1", "24")
ATOM = re.compile(
    "(?:[kmcdunpf]?(?:"
    + "|".join(map(re.escape, METRIC))
    + ")|"
    + "|".join(map(re.escape, OTHERS))
    + r")(?:\*?\d{1,2})?"
)


FRAME = Frame(NOON)


def row(frame: Frame = FRAME, **fields: Any) -> ObservationFacts:
    resource = {key: item for key, item in observation(**fields).items() if item is not None}
    (only,) = mapped(resource, frame).rows
    assert isinstance(only, ObservationFacts)
    return only


def measured(unit: str, **quantity: Any) -> ObservationFacts:
    return row(valueQuantity={"value": Decimal("5.60"), "unit": unit, **quantity})


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("10*9/L", ["10^9/L", "×10⁹/L", "10*9/L", "G/L", "x10E9/L", "×109/L", "１０＾９／Ｌ", " 10 ^9/L "]),
        ("10*12/L", ["10^12/L", "×10¹²/L", "T/L"]),
        ("umol/L", ["umol/L", "μmol/L", "µmol/L", "ｕｍｏｌ／Ｌ", "UMOL/L", "(μmol/L)", "微摩尔/升"]),
        ("mmol/L", ["mmol/L", "MMOL/L", "mmol/l"]),
        ("mg/dL", ["mg/dl", "㎎/㎗", "mg%"]),
        ("g/L", ["g/L", "g/l"]),
        ("mm[Hg]", ["mmHg", "㎜Hg", "MMHG", "毫米汞柱"]),
        ("/min", ["次/分", "次／分", "次/min", "bpm", "{beats}/min"]),
        ("Cel", ["℃", "°C"]),
        ("%", ["%", "％"]),
        ("[IU]/L", ["IU/L"]),
        ("U/L", ["U/L", "u/l"]),
        ("s", ["sec", "秒", "s"]),
        ("kg/m2", ["kg/m²", "kg/㎡", "kg/m2"]),
        ("mL/min/{1.73_m2}", ["mL/min/1.73m²", "ml/min/1.73m2"]),
        ("", ["瓶", "G/l", "x", "", "mmol/L左右", "个" * 200]),
    ],
)
def test_a_printed_unit_has_the_code_of_the_table_or_none(code: str, printed: list[str]) -> None:
    assert {unit: units.ucum(unit) for unit in printed} == dict.fromkeys(printed, code)


@pytest.mark.parametrize("code", sorted(units.PRINTED))
def test_every_code_of_the_table_is_ucum(code: str) -> None:
    terms = [term for term in re.split(r"[/.()]", re.sub(r"\{[^{}]+\}", "", code)) if term]
    assert [term for term in terms if not ATOM.fullmatch(term)] == []


def test_no_way_of_printing_stands_for_two_units() -> None:
    said = [(units._plain(spelling), code) for code, others in units.PRINTED.items() for spelling in (code, *others)]
    assert len({spelling for spelling, _ in said}) == len({*said})


def test_the_printed_unit_and_value_stay_and_get_a_code_beside_them() -> None:
    found = measured("μmol/L")
    assert (found.value_text, found.unit, found.unit_code) == ("5.60", "μmol/L", "umol/L")


def test_an_unknown_unit_keeps_its_text_and_has_no_code() -> None:
    found = measured("格")
    assert (found.unit, found.unit_code) == ("格", "")


def test_a_unit_that_contradicts_its_code_has_no_code() -> None:
    found = measured("mg/dL", system=UCUM, code="mmol/L")
    assert (found.unit, found.unit_code, found.value_text) == ("mg/dL", "", "5.60")


def test_a_ucum_code_that_the_table_does_not_have_is_kept() -> None:
    assert measured("μg/块", system=UCUM, code="ug/{piece}").unit_code == "ug/{piece}"


def test_the_printed_unit_goes_before_the_unit_of_the_mapping() -> None:
    codes = {"GLU": StandardCode("http://loinc.org", "14749-6", "mmol/L")}
    printed = {"value": Decimal("101"), "unit": "mg/dL"}
    assert row(Frame(NOON, codes=codes), code=LOCAL, valueQuantity=printed).unit_code == "mg/dL"


@pytest.mark.parametrize(
    ("text", "number", "comparator"),
    [
        ("<0.01", "0.01", "<"),
        ("＜0.01", "0.01", "<"),
        ("≤5", "5", "<="),
        (">1000", "1000", ">"),
        ("大于1000", "1000", ">"),
        ("不大于 5.0", "5.0", "<="),
        ("≥ 200 IU/mL", "200", ">="),
        ("<1:10", None, ""),
        ("大于正常", None, ""),
        ("+", None, ""),
        ("++", None, ""),
        ("阴性(-)", None, ""),
        ("<5 左右", None, ""),
    ],
)
def test_a_comparator_in_words_is_understood_and_the_words_stay(text: str, number: str | None, comparator: str) -> None:
    found = row(valueQuantity=None, valueString=text, referenceRange=None)
    assert (found.value_text, found.comparator) == (text, comparator)
    assert found.value_number == (Decimal(number) if number else None)


def test_a_comparator_as_senders_print_it_is_taken() -> None:
    found = measured("U/L", comparator="≤")
    assert (found.value_text, found.comparator) == ("≤5.60", "<=")


@pytest.mark.parametrize("text", ["阴性", "阳性", "弱阳性", "+", "++", "未检出", "检出", "1:80", "黄色"])
def test_a_qualitative_result_has_no_flag_but_the_laboratorys(text: str) -> None:
    assert row(valueQuantity=None, valueString=text).flag == ""
    assert row(valueQuantity=None, valueString=text, interpretation=[{"coding": [{"code": "POS"}]}]).flag == "abnormal"


def test_a_range_in_the_same_unit_printed_otherwise_is_compared() -> None:
    span = [{"high": {"value": Decimal("5.2"), "unit": "MMOL/L"}, "text": "<5.2"}]
    assert measured("mmol/L", system=UCUM, code="mmol/L").flag == ""
    assert row(value="6.00", referenceRange=span).flag == "high"


def test_no_flag_is_worked_out_without_a_range_from_the_laboratory() -> None:
    assert row(value="99.00", referenceRange=None).flag == ""


def span(low: int, high: int, whom: str = "", /, **age: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"low": {"value": low}, "high": {"value": high}}
    found |= {"appliesTo": [{"text": whom}]} if whom else {}
    ages = {side: {"value": value, "unit": "岁"} for side, value in age.items()}
    return found | ({"age": ages} if ages else {})


MEN, WOMEN = span(130, 175, "男"), span(115, 150, "女性")


@pytest.mark.parametrize(
    ("ranges", "shown", "flag"),
    [
        ([MEN, WOMEN], "115-150", "high"),
        ([span(110, 160, high=17), span(115, 150, low=18)], "115-150", "high"),
        ([span(110, 160, "女", high=17), span(115, 150, "女", low=18, high=80), MEN], "115-150", "high"),
        ([MEN, span(115, 150, "孕妇")], "男 130-175；孕妇 115-150", ""),
        ([MEN, WOMEN, span(110, 160)], "男 130-175；女性 115-150；110-160", ""),
        ([span(110, 160, high=69), span(115, 150, low=69)], "≤69岁 110-160；≥69岁 115-150", ""),
        ([span(1, 2), span(115, 150)], "1-2；115-150", ""),
    ],
)
def test_of_several_printed_ranges_the_persons_is_taken_where_exactly_one_is(
    ranges: list[dict[str, Any]], shown: str, flag: str
) -> None:
    """She is a woman of 69."""
    frame = Frame(NOON, traits={"p1": Traits("2", date(1957, 2, 13))}.get)
    found = row(frame, value="160", referenceRange=ranges)
    assert (found.range_text, found.flag) == (shown, flag)
    assert (found.range_low is None) == (not flag)


def test_of_a_person_nobody_knows_all_ranges_are_printed() -> None:
    found = row(value="160", referenceRange=[MEN, WOMEN])
    assert (found.range_text, found.range_low, found.flag) == ("男 130-175；女性 115-150", None, "")


def test_the_range_is_chosen_by_whom_the_patient_number_stands_for(feed: Source) -> None:
    deliver(feed, patient(), observation(value="160.00", referenceRange=[MEN, WOMEN]))
    assert [(found.range_text, found.flag) for found in rows(Observation)] == [("115-150", "high")]


def test_results_with_one_range_ask_nothing_of_the_person() -> None:
    def asked(patient: str) -> Any:
        raise AssertionError

    assert row(Frame(NOON, traits=asked), referenceRange=[WOMEN]).range_text == "115-150"


ALIKE = {"code": "14749-6", "code_system": "http://loinc.org", "unit": "mmol/L", "unit_code": "mmol/L"}


@pytest.mark.parametrize(
    ("earlier", "joined"),
    [
        ({}, True),
        ({"unit": "MMOL/L"}, True),
        ({"unit": "mmol/L", "unit_code": ""}, True),
        ({"unit": "", "unit_code": ""}, True),
        ({"specimen": "血清"}, True),
        ({"method": "己糖激酶法"}, True),
        ({"unit": "mg/dL", "unit_code": "mg/dL"}, False),
        ({"unit": "格", "unit_code": ""}, False),
        ({"specimen": "尿"}, False),
        ({"method": "试纸法"}, False),
        ({"code": "2345-7"}, False),
    ],
)
def test_a_value_stands_beside_one_of_the_same_unit_specimen_and_method_only(
    people: People, earlier: dict[str, str], joined: bool
) -> None:
    own = {"specimen": "血清", "method": "己糖激酶法"}
    if set(earlier) & set(own) and joined:
        own = dict.fromkeys(own, "")
    feed = factories.source(people.township)
    before = factories.observation(
        people.helanfang, feed, occurred_at=NOON.replace(day=1), **{**ALIKE, **own, **earlier}
    )
    now = factories.observation(people.helanfang, feed, **{**ALIKE, **own})
    known = Observation.objects.using("owner")
    found = known.filter(occurred_at__lt=NOON).newest_like([now])
    assert ([row.id for row in found if comparable(now, row)]) == ([before.id] if joined else [])


def test_of_several_earlier_values_the_newest_comparable_one_is_taken(people: People) -> None:
    feed = factories.source(people.township)
    older = factories.observation(people.helanfang, feed, occurred_at=NOON.replace(day=1), **ALIKE)
    other = {**ALIKE, "unit": "mg/dL", "unit_code": "mg/dL"}
    factories.observation(people.helanfang, feed, occurred_at=NOON.replace(day=10), **other)
    now = factories.observation(people.helanfang, feed, **ALIKE)
    known = Observation.objects.using("owner")
    found = known.filter(occurred_at__lt=NOON).newest_like([now])
    assert [row.id for row in found if comparable(now, row)] == [older.id]

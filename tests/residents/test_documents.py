"""Document numbers: the standard's examples, our own, and which part of a wrong one is named."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from residents import documents
from residents.models import Identifier, Resident

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "kind", "born", "sex"),
    [
        ("11010519491231002X", "resident_id_card", date(1949, 12, 31), "2"),  # GB 11643-1999
        ("440524188001010014", "resident_id_card", date(1880, 1, 1), "1"),  # GB 11643-1999
        ("64012219000101001X", "resident_id_card", date(1900, 1, 1), "1"),
        ("640199195702130125", "resident_id_card", date(1957, 2, 13), "2"),
        ("810000190203040055", "hmt_residence_permit", date(1902, 3, 4), "1"),
        ("830000190304050029", "hmt_residence_permit", date(1903, 4, 5), "2"),
        ("91115619040506003X", "foreign_pr_card", date(1904, 5, 6), "1"),
    ],
)
def test_a_well_formed_number_tells_kind_birth_and_sex(typed: str, kind: str, born: date, sex: str) -> None:
    document = documents.read(typed, TODAY)
    assert (document.kind, document.birth_date, document.sex) == (Identifier.Kind(kind), born, Resident.Sex(sex))


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105\u300019491231002X",
    ],
)
def test_blanks_full_width_digits_and_a_small_x_are_forgiven(typed: str) -> None:
    assert documents.read(typed, TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("", "请输入证件号码"),
        ("1101051949123100", "应为18位，您输入了16位"),
        ("110105194912310021", "最后一位校验不正确"),
        ("991105194912310021"[:17] + "X", "省级代码"),
        ("1001051949123100", "18位"),
        ("100105194912310021", "前两位“10”不是省级代码"),
        ("110105194913310026", "出生日期“19491331”不存在"),
        ("110105190002290022", "出生日期“19000229”不存在"),
        ("110105203012310021", "晚于今天"),
        ("110105185012310021", "过早"),
        ("11010519491231X021", "只能出现在证件号码的最后一位"),
        ("11010519491231002A", "只能包含数字"),
        ("11010519491231002Ⅹ９", "18位"),
        ("830100190304050029", "前两位“83”不是省级代码"),
    ],
)
def test_the_part_that_is_wrong_is_named(typed: str, part: str) -> None:
    with pytest.raises(ValidationError) as caught:
        documents.read(typed, TODAY)
    assert part in caught.value.messages[0]


def test_no_message_repeats_the_whole_number() -> None:
    with pytest.raises(ValidationError) as caught:
        documents.read("110105194912310021", TODAY)
    assert "110105194912310021" not in str(caught.value)


def test_an_abolished_county_is_no_reason_to_refuse() -> None:
    assert documents.read("411723190102280024", TODAY).birth_date == date(1901, 2, 28)


def test_a_number_of_fifteen_digits_is_read_from_old_records_only() -> None:
    assert documents.from_legacy("640122000101001") == "64012219000101001X"


def test_each_kind_of_document_has_an_index_of_its_own() -> None:
    same = "810000190203040055"
    assert documents.index_of("resident_id_card", same) != documents.index_of("hmt_residence_permit", same)


def test_the_owner_sees_the_first_three_and_last_four() -> None:
    assert documents.read("640199195702130125", TODAY).masked == "640***********0125"

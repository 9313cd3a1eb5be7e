"""Lists of facilities, departments and staff as offices really send them."""

import csv
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from facilities.models import Department, Facility, Membership, Practitioner
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories

FACILITIES = "机构编码,机构名称,机构层级,上级机构编码,地址,电话,排序"
DEPARTMENTS = "机构编码,科室编码,科室名称,简介,位置,排序"
STAFF = "机构编码,用户名,姓名,角色,工号,科室编码,职称,擅长"
TREE = [
    "V01,河东村卫生室,村卫生室,T01,,,",
    "T01,河东镇卫生院,乡镇卫生院,C01,河东镇人民路1号,0951-1234567,20",
    "C01,县人民医院,县级医院,,,,10",
]


@pytest.fixture
def county(db: None) -> Facility:
    """A hospital with one department, 内科 (N01)."""
    hospital = factories.facility("C01", "县人民医院", "county")
    factories.made(Department(facility=hospital, code="N01", name="内科"))
    return hospital


def sheet(folder: Path, header: str, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
    return path


def bring(command: str, path: Path, **options: Any) -> None:
    with acting_as("owner"):
        call_command(command, str(path), **options)


def refusals(path: Path) -> list[list[str]]:
    """The rows of the errors file, without its header."""
    text = path.with_name(path.name + ".errors.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(text.splitlines()))[1:]


def codes() -> set[str]:
    with acting_as("owner"):
        return set(Facility.objects.values_list("code", flat=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_is_read_in_the_encodings_that_offices_use(db: None, tmp_path: Path, encoding: str) -> None:
    bring("import_facilities", sheet(tmp_path, FACILITIES, *TREE, encoding=encoding))
    with acting_as("owner"):
        assert Facility.objects.get(code="T01").name == "河东镇卫生院"


def test_parents_may_come_after_their_children(db: None, tmp_path: Path) -> None:
    bring("import_facilities", sheet(tmp_path, FACILITIES, *TREE))
    with acting_as("owner"):
        village = Facility.objects.select_related("parent__parent").get(code="V01")
        assert village.parent.parent.code == "C01"


def test_the_same_list_again_changes_nothing(db: None, tmp_path: Path, capsys: Any) -> None:
    path = sheet(tmp_path, FACILITIES, *TREE)
    bring("import_facilities", path)
    bring("import_facilities", path)
    assert "新增 0，更新 0，没有变化 3，未导入 0" in capsys.readouterr().out


def test_a_corrected_list_updates_by_code(db: None, tmp_path: Path) -> None:
    bring("import_facilities", sheet(tmp_path, FACILITIES, *TREE))
    bring("import_facilities", sheet(tmp_path, FACILITIES, "T01,河东镇中心卫生院,township,C01,,,"))
    with acting_as("owner"):
        facility = Facility.objects.get(code="T01")
    assert (facility.name, facility.position) == ("河东镇中心卫生院", 20)


def test_full_width_digits_are_read_as_digits(db: None, tmp_path: Path) -> None:
    bring("import_facilities", sheet(tmp_path, FACILITIES, "Ｃ０１,县医院（东院）,县级医院,,,０９５１－１２３,１０"))
    with acting_as("owner"):
        facility = Facility.objects.get(code="C01")
    assert (facility.name, facility.phone, facility.position) == ("县医院（东院）", "0951-123", 10)


def test_hundreds_of_rows_arrive(db: None, tmp_path: Path) -> None:
    bring(
        "import_facilities", sheet(tmp_path, FACILITIES, *[f"V{n:03d},第{n}村卫生室,village,,,," for n in range(600)])
    )
    assert len(codes()) == 600


BAD = [
    (",无编码,乡镇卫生院,,,,", "“机构编码”没有填写"),
    ("T02,,乡镇卫生院,,,,", "“机构名称”没有填写"),
    ("T03,某院,三甲医院,,,,", "“机构层级”中的“三甲医院”不认识"),
    ("T04,某院,乡镇卫生院,X99,,,", "上级机构“X99”不存在"),
    ("T05,某院,乡镇卫生院,T05,,,", "绕成了圈"),
    ("T06,某院,乡镇卫生院,,,,第一", "“排序”应为整数"),
    ("T07,某院,乡镇卫生院,,,,,,多", "格数比表头多"),
    ("C01,又一家,县级医院,,,,", "与第2行重复"),
    (f"{'9' * 31},某院,乡镇卫生院,,,,", "“机构编码”："),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_row_is_refused_with_its_reason(db: None, tmp_path: Path, line: str, reason: str) -> None:
    path = sheet(tmp_path, FACILITIES, TREE[2], line)
    with pytest.raises(CommandError, match="什么都没有导入"):
        bring("import_facilities", path)
    assert reason in refusals(path)[0][-1]


def test_one_bad_row_keeps_the_whole_file_out(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        bring("import_facilities", sheet(tmp_path, FACILITIES, *TREE, "T09,某院,不知道,,,,"))
    assert codes() == set()


def test_a_partial_import_takes_the_good_rows(db: None, tmp_path: Path, capsys: Any) -> None:
    bring("import_facilities", sheet(tmp_path, FACILITIES, *TREE, "T09,某院,不知道,,,,"), partial=True)
    assert codes() == {"V01", "T01", "C01"}
    assert "第5行" in capsys.readouterr().err


def test_a_child_of_a_refused_parent_is_refused_too(db: None, tmp_path: Path) -> None:
    bring("import_facilities", sheet(tmp_path, FACILITIES, TREE[0], "T01,,乡镇卫生院,,,,", TREE[2]), partial=True)
    assert codes() == {"C01"}


def test_a_circle_of_parents_is_refused(db: None, tmp_path: Path) -> None:
    path = sheet(tmp_path, FACILITIES, "A,甲院,township,B,,,", "B,乙院,township,A,,,")
    with pytest.raises(CommandError):
        bring("import_facilities", path)
    assert all("绕成了圈" in row[-1] for row in refusals(path))


def test_a_mended_errors_file_can_be_imported(db: None, tmp_path: Path) -> None:
    path = sheet(tmp_path, FACILITIES, "T09,某院,不知道,,=1+1,+86951,")
    with pytest.raises(CommandError):
        bring("import_facilities", path)
    errors = path.with_name("list.csv.errors.csv")
    errors.write_text(errors.read_text(encoding="utf-8-sig").replace("T09,某院,不知道", "T09,某院,乡镇卫生院"), "utf-8")
    bring("import_facilities", errors)
    with acting_as("owner"):
        assert Facility.objects.get(code="T09").phone == "+86951"


@pytest.mark.parametrize("cell", ["=1+1", "+86951", "-1", "@SUM(A1)"])
def test_the_errors_file_runs_no_formula(db: None, tmp_path: Path, cell: str) -> None:
    path = sheet(tmp_path, FACILITIES, f"T09,某院,不知道,,{cell},,")
    with pytest.raises(CommandError):
        bring("import_facilities", path)
    assert refusals(path)[0][4] == f"'{cell}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04", "不是 CSV"),
        ("机构编码\t机构名称".encode("utf-16"), "不是 CSV"),
        (b"\xff\xff\xff", "编码"),
        ("编码,名称\r\n".encode(), "表头与要求的不同"),
        (f'{FACILITIES}\r\n"C01,没有右引号'.encode(), "引号"),
        (b"a" * (5 * 1024 * 1024 + 1), "超过5MB"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_sentence(db: None, tmp_path: Path, raw: bytes, reason: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(raw)
    with pytest.raises(CommandError, match=reason):
        bring("import_facilities", path)


def test_a_missing_file_is_a_sentence(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="打不开文件"):
        bring("import_facilities", tmp_path / "nothing.csv")


def test_departments_are_added_and_updated(county: Facility, tmp_path: Path) -> None:
    bring("import_departments", sheet(tmp_path, DEPARTMENTS, "C01,N01,心内科,,门诊二楼,5", "C01,W01,外科,,,"))
    with acting_as("owner"):
        assert set(Department.objects.values_list("name", "position")) == {("心内科", 5), ("外科", 100)}


def test_a_department_of_an_unknown_facility_is_refused(county: Facility, tmp_path: Path) -> None:
    path = sheet(tmp_path, DEPARTMENTS, "X01,N01,内科,,,")
    with pytest.raises(CommandError):
        bring("import_departments", path)
    assert "没有编码为“X01”的机构" in refusals(path)[0][-1]


def staff(path: Path, *lines: str) -> Path:
    return sheet(path, STAFF, *lines)


CHEN = "C01,chen.y,陈医生,医生,D001,N01,主治医师,高血压"


def test_a_staff_row_makes_account_role_and_doctor(county: Facility, tmp_path: Path) -> None:
    bring("import_staff", staff(tmp_path, CHEN))
    with acting_as("owner"):
        account = Account.objects.get(username="chen.y")
        assert account.is_staff
        assert Membership.objects.get(account=account).role == "clinician"
        assert Practitioner.objects.get(code="D001").department.name == "内科"


def test_one_person_may_hold_several_roles(county: Facility, tmp_path: Path) -> None:
    bring("import_staff", staff(tmp_path, CHEN, "C01,chen.y,陈医生,医学审核,,,,"))
    with acting_as("owner"):
        assert set(Membership.objects.values_list("role", flat=True)) == {"clinician", "reviewer"}
        assert Account.objects.count() == 1


def test_a_first_password_opens_the_account_and_is_written_for_one_reader(county: Facility, tmp_path: Path) -> None:
    bring("import_staff", staff(tmp_path, CHEN))
    passwords = tmp_path / "list.csv.passwords.csv"
    username, _, password = passwords.read_text(encoding="utf-8-sig").splitlines()[1].split(",")
    with acting_as("owner"):
        assert Account.objects.get(username=username).check_password(password)
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


def test_first_passwords_not_yet_handed_out_are_never_overwritten(county: Facility, tmp_path: Path) -> None:
    bring("import_staff", staff(tmp_path, CHEN))
    with pytest.raises(CommandError, match="初始密码"):
        bring("import_staff", staff(tmp_path, CHEN, "C01,wang.l,王丽,窗口人员,,,,"))
    with acting_as("owner"):
        assert not Account.objects.filter(username="wang.l").exists()


def test_the_same_staff_again_changes_neither_role_nor_password(county: Facility, tmp_path: Path, capsys: Any) -> None:
    bring("import_staff", staff(tmp_path, CHEN))
    (tmp_path / "list.csv.passwords.csv").unlink()
    with acting_as("owner"):
        before = Account.objects.get(username="chen.y").password
    bring("import_staff", staff(tmp_path, CHEN))
    with acting_as("owner"):
        assert Account.objects.get(username="chen.y").password == before
    assert "没有变化 1" in capsys.readouterr().out


def test_a_changed_name_reaches_account_and_roles(county: Facility, tmp_path: Path) -> None:
    bring("import_staff", staff(tmp_path, CHEN))
    bring("import_staff", staff(tmp_path, CHEN.replace("陈医生", "陈怡")))
    with acting_as("owner"):
        assert Account.objects.get(username="chen.y").name == "陈怡"
        assert Membership.objects.get().account_name == "陈怡"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("C01,640199198001010011,张三,医生,,,,", "用户名应为3至32位"),
        ("C01,张三,张三,医生,,,,", "用户名应为3至32位"),
        ("C01,zhang.s,张三,院长,,,,", "“角色”中的“院长”不认识"),
        ("C01,zhang.s,,医生,,,,", "“姓名”没有填写"),
        ("C01,zhang.s,张三,医生,D002,X99,,", "没有编码为“X99”的科室"),
        ("C01,zhang.s,张三,医生,,N01,,", "“工号”没有填写"),
        ("C01,zhang.s,张三,医生,D001,N01,,", "已属于别人"),
        ("C01,chen.y,陈大夫,窗口人员,,,,", "写的姓名是“陈医生”"),
        (CHEN, "与第2行重复"),
    ],
)
def test_a_bad_staff_row_is_refused_with_its_reason(county: Facility, tmp_path: Path, line: str, reason: str) -> None:
    path = staff(tmp_path, CHEN, line)
    with pytest.raises(CommandError):
        bring("import_staff", path)
    assert reason in refusals(path)[0][-1]
    with acting_as("owner"):
        assert not Account.objects.exists()
    assert not (tmp_path / "list.csv.passwords.csv").exists()


def test_a_residents_account_never_becomes_staff(county: Facility, tmp_path: Path) -> None:
    factories.account(factories.resident(), username="abcdef")
    path = staff(tmp_path, "C01,abcdef,张三,医生,,,,")
    with pytest.raises(CommandError):
        bring("import_staff", path)
    assert "居民账号" in refusals(path)[0][-1]

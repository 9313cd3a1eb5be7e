"""The people of the demonstration county: residents with invented ID numbers, and staff accounts.

ID numbers use the unassigned county code 640199, so no living person can own one; phones of the form 199 0000 00NN
are for show only.
"""

from dataclasses import dataclass
from datetime import date

UNASSIGNED_COUNTY = "640199"
ID_CARD_SYSTEM = "urn:oid:2.16.156.10011.1.3"

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"


def check_character(first_seventeen: str) -> str:
    """Return the ISO 7064 MOD 11-2 character that GB 11643 puts at the end of an ID number."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


@dataclass(frozen=True, slots=True)
class Resident:
    """One invented person; an odd ``sequence`` makes a male number, as GB 11643 has it."""

    key: str
    name: str
    birth_date: date
    sequence: int
    phone: str | None
    village: str
    note: str = ""
    family: str | None = None
    guardian_key: str | None = None

    @property
    def sex(self) -> str:
        """``male`` or ``female``, read from the sequence number."""
        return "male" if self.sequence % 2 else "female"

    @property
    def id_number(self) -> str:
        """The full 18-character ID number with its check character."""
        body = f"{UNASSIGNED_COUNTY}{self.birth_date:%Y%m%d}{self.sequence:03d}"
        return body + check_character(body)

    @property
    def family_name(self) -> str | None:
        """The surname, or None where a name does not split into surname and given name."""
        if self.family is not None:
            return self.family
        return None if "·" in self.name else self.name[0]

    @property
    def given_name(self) -> str | None:
        """The given name, or None where a name does not split."""
        family = self.family_name
        return None if family is None else self.name.removeprefix(family)

    def age_on(self, day: date) -> int:
        """Full years lived on that day, as laboratories choose their reference range by it."""
        before_birthday = (day.month, day.day) < (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - before_birthday


@dataclass(frozen=True, slots=True)
class Staff:
    """A staff account; ``role`` is one of ``ROLES``, ``practitioner_code`` says which doctor signs in with it."""

    username: str
    name: str
    facility_code: str
    role: str
    practitioner_code: str | None = None


ROLES = frozenset(
    {
        "administrator",
        "security",
        "manager",
        "reception",
        "clinician",
        "village_doctor",
        "public_health",
        "editor",
        "reviewer",
        "engineer",
        "auditor",
    }
)

RESIDENTS: tuple[Resident, ...] = (
    Resident("he_lanfang", "贺兰芳", date(1957, 2, 13), 12, "19900000001", "青石镇清水村", "高血压、2型糖尿病,独居"),
    Resident("wang_jianguo", "王建国", date(1962, 8, 15), 33, "19900000002", "柳湾镇柳沟村", "与贺家没有关系"),
    Resident("he_xiaoyu", "贺小雨", date(1985, 6, 21), 46, "19900000003", "清河口县城关", "贺兰芳的女儿"),
    Resident("ma_dehai", "马德海", date(1941, 11, 3), 51, None, "青石镇清水村", "没有手机,慢性肾脏病"),
    Resident(
        "lin_zihan",
        "林子涵",
        date(2019, 5, 18),
        27,
        "19900000003",
        "清河口县城关",
        "贺小雨的儿子,用妈妈的手机",
        guardian_key="he_xiaoyu",
    ),
    Resident("su_xiaoyan", "苏晓燕", date(1996, 3, 9), 68, "19900000006", "青石镇石门村", "怀孕"),
    Resident("zhou_jie", "周㛃", date(1992, 12, 1), 24, "19900000007", "柳湾镇柳沟村", "名字里有生僻字"),
    Resident(
        "ouyang_ming", "欧阳明", date(1978, 7, 30), 19, "19900000008", "清河口县城关", "复姓,脂肪肝", family="欧阳"
    ),
    Resident("aynur", "阿依努尔·艾山", date(1990, 4, 25), 82, "19900000009", "长滩乡沙坪村", "名字中间有间隔号"),
    Resident("tian_guiying", "田桂英", date(1950, 1, 17), 40, "19900000010", "青石镇石门村", "甲状腺功能减退"),
    Resident(
        "liu_zhiqiang", "刘志强", date(1988, 10, 6), 21, "19900000011", "青石镇石门村", "在外务工,身份证号末位为X"
    ),
    Resident("zhao_tiezhu", "赵铁柱", date(1955, 9, 28), 73, "19900000012", "青石镇清水村", "高血压,慢阻肺"),
    Resident("li_chunhua", "李春花", date(1969, 2, 26), 90, "19900000013", "柳湾镇柳沟村", "血脂偏高"),
)

STAFF: tuple[Staff, ...] = (
    Staff("licunyi", "李村医", "VILLAGE1", "village_doctor", practitioner_code="V01"),
    Staff("zhangqiantai", "张前台", "TOWN1", "reception"),
    Staff("chenyisheng", "陈医生", "COUNTY", "clinician", practitioner_code="C01"),
    Staff("mayisheng", "马医生", "TOWN1", "clinician", practitioner_code="T01"),
    Staff("yuanzhang", "卫生院管理员", "TOWN1", "manager"),
    Staff("guanliyuan", "管理员", "BUREAU", "administrator"),
    Staff("anquan", "安全管理员", "BUREAU", "security"),
    Staff("gongwei", "公卫人员", "TOWN1", "public_health"),
    Staff("xuanjiao", "宣教编辑", "BUREAU", "editor"),
    Staff("shenhe", "医学审核员", "COUNTY", "reviewer", practitioner_code="C02"),
    Staff("xinxike", "信息科工程师", "COUNTY", "engineer"),
    Staff("shenji", "审计员", "BUREAU", "auditor"),
)


def resident(key: str) -> Resident:
    """Return the resident with this key; KeyError when nobody has it."""
    return {item.key: item for item in RESIDENTS}[key]


# Which clinic looks after a village; townspeople are the county hospital's.
CLINICS = {"清水村": "VILLAGE1", "石门村": "VILLAGE2", "柳沟村": "VILLAGE3", "沙坪村": "VILLAGE4"}


def clinic_of(item: Resident) -> str:
    """The code of the facility that keeps a person's record (建档机构)."""
    return next((code for village, code in CLINICS.items() if item.village.endswith(village)), "COUNTY")

"""Which diseases have a page of their own, and what belongs to each: dated configuration, by ICD-10 and by words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.dated import register, setting
from health_education.models import Tag

# Codes are beginnings of ICD-10 codes. `measures`: LOINC codes and, for feeds without them, words of names; `target`
# is a sentence, for what is right for one person their doctor says. Sources: 国家基本公共卫生服务规范（第三版）,
# 国家基层高血压防治管理指南 2025, 国家基层糖尿病防治管理指南, 慢阻肺患者健康服务规范（试行）2024.
_PRESSURE = {
    "title": "血压",
    "codes": ["85354-9", "8480-6", "8462-4"],
    "words": ["收缩压", "舒张压", "血压"],
    "target": "一般低于140/90，65岁以上低于150/90",
}
_WEIGHT = {"title": "体重", "codes": ["29463-7", "3141-9"], "words": ["体重"], "target": ""}
_LIPID = {
    "title": "低密度脂蛋白胆固醇",
    "codes": ["13457-7", "2089-1", "22748-8"],
    "words": ["低密度脂蛋白"],
    "target": "",
}
_CREATININE = {"title": "肌酐", "codes": ["14682-9", "2160-0"], "words": ["肌酐"], "target": ""}
DEFAULT: dict[str, Any] = {
    "hypertension": {
        "codes": ["I10", "I11", "I12", "I13", "I14", "I15"],
        "words": ["高血压"],
        "programme": "hypertension",
        "measures": [_PRESSURE, _WEIGHT, _LIPID, _CREATININE],
        "medicines": ["地平", "普利", "沙坦", "洛尔", "噻嗪", "吲达帕胺", "螺内酯", "降压"],
    },
    "diabetes": {
        "codes": ["E10", "E11", "E12", "E13", "E14"],
        "words": ["糖尿病"],
        "programme": "diabetes",
        "measures": [
            {
                "title": "血糖",
                "codes": ["1558-6", "14771-0", "1557-8", "14749-6", "15074-8", "2339-0", "2345-7", "14743-9"],
                "words": ["血糖", "葡萄糖"],
                "target": "空腹一般4.4～7.0，非空腹低于10.0 mmol/L",
            },
            {
                "title": "糖化血红蛋白",
                "codes": ["4548-4", "59261-8", "17856-6"],
                "words": ["糖化血红蛋白", "HbA1c"],
                "target": "一般低于7%",
            },
            _PRESSURE,
            _WEIGHT,
            _LIPID,
        ],
        "medicines": ["二甲双胍", "格列", "列汀", "列净", "阿卡波糖", "伏格列波糖", "胰岛素", "鲁肽", "降糖"],
    },
    "copd": {
        "codes": ["J41", "J42", "J43", "J44"],
        "words": ["慢阻肺", "慢性阻塞性肺", "慢性支气管炎", "肺气肿"],
        "programme": "copd",
        "measures": [
            {"title": "血氧饱和度", "codes": ["59408-5", "2708-6"], "words": ["血氧饱和度", "SpO2"], "target": ""},
            {"title": "肺功能", "codes": ["19926-5", "20150-9"], "words": ["FEV1", "一秒率"], "target": ""},
        ],
        "medicines": ["沙美特罗", "福莫特罗", "噻托溴铵", "布地奈德", "茶碱", "沙丁胺醇", "异丙托溴铵", "乌美溴铵"],
    },
    "stroke": {
        "codes": ["I60", "I61", "I62", "I63", "I64", "I65", "I66", "I67", "I69", "G45"],
        "words": ["脑卒中", "脑梗", "脑出血", "中风"],
        "measures": [_PRESSURE, _LIPID],
        "medicines": ["阿司匹林", "氯吡格雷", "他汀", "华法林", "沙班"],
    },
    "coronary-heart-disease": {
        "codes": ["I20", "I21", "I22", "I23", "I24", "I25"],
        "words": ["冠心病", "心绞痛", "心肌梗死", "冠状动脉"],
        "measures": [_PRESSURE, _LIPID],
        "medicines": ["阿司匹林", "氯吡格雷", "他汀", "硝酸", "洛尔"],
    },
    "dyslipidaemia": {
        "codes": ["E78"],
        "words": ["血脂异常", "高脂血症", "高胆固醇"],
        "measures": [
            {"title": "总胆固醇", "codes": ["14647-2", "2093-3"], "words": ["总胆固醇"], "target": ""},
            {"title": "甘油三酯", "codes": ["14927-8", "2571-8"], "words": ["甘油三酯"], "target": ""},
            _LIPID,
        ],
        "medicines": ["他汀", "贝特", "依折麦布"],
    },
    "kidney-disease": {
        "codes": ["N18"],
        "words": ["慢性肾"],
        "measures": [_CREATININE, _PRESSURE],
        "medicines": [],
    },
    "gout": {
        "codes": ["M10", "E79.0"],
        "words": ["痛风", "高尿酸"],
        "measures": [{"title": "尿酸", "codes": ["14933-6", "3084-1"], "words": ["尿酸"], "target": ""}],
        "medicines": ["非布司他", "别嘌醇", "苯溴马隆", "秋水仙碱"],
    },
    "thyroid": {
        "codes": ["E01", "E02", "E03", "E04", "E05", "E06", "E07"],
        "words": ["甲状腺", "甲亢", "甲减"],
        "measures": [{"title": "促甲状腺激素", "codes": ["3016-3", "11580-8"], "words": ["促甲状腺"], "target": ""}],
        "medicines": ["左甲状腺素", "甲巯咪唑", "丙硫氧嘧啶"],
    },
}
GROUPS = register(
    "records.condition_groups",
    DEFAULT,
    "哪些病有自己的一页（“我的高血压”等），按 ICD-10 编码开头和名称归类；每种病看哪些测量、化验和药，控制目标怎么写",
)
DOUBTS = ("家族史", "待查", "疑似", "排除", "？", "?", "可能")


@dataclass(frozen=True)
class Measure:
    """Something that is measured for a disease, and the words on what is aimed at."""

    title: str
    codes: Sequence[str]
    words: Sequence[str]
    target: str


@dataclass(frozen=True)
class Group:
    """A disease with a page of its own; `slug` is the tag of health education, whose label is its name."""

    slug: str
    codes: Sequence[str]
    words: Sequence[str]
    measures: Sequence[Measure]
    medicines: Sequence[str]
    programme: str

    @property
    def title(self) -> str:
        """What residents call it."""
        return str(Tag(self.slug).label)

    def holds(self, code: str, name: str) -> bool:
        """Whether a diagnosis belongs here: by its code; by its name where it has no code of ICD-10."""
        code = code.strip().upper()
        if code[:1].isalpha() and code[1:3].isdigit():
            return code.startswith(tuple(self.codes))
        return any(word in name for word in self.words) and not any(doubt in name for doubt in DOUBTS)


def groups(now: datetime) -> Mapping[str, Group]:
    """The diseases with a page, in the order of the configuration; entries that name no known tag are left out."""
    found = setting(GROUPS, now)
    return {slug: _group(slug, entry) for slug, entry in found.items() if slug in Tag.values}


def groups_of(diagnoses: Iterable[tuple[str, str]], now: datetime) -> list[Group]:
    """The groups that any of these diagnoses (code, name) belongs to, each once."""
    rows = list(diagnoses)
    return [group for group in groups(now).values() if any(group.holds(code, name) for code, name in rows)]


def _group(slug: str, entry: Mapping[str, Any]) -> Group:
    return Group(
        slug=slug,
        codes=[str(code).upper() for code in entry.get("codes", [])],
        words=list(entry.get("words", [])),
        measures=[
            Measure(one.get("title", ""), one.get("codes", []), one.get("words", []), one.get("target", ""))
            for one in entry.get("measures", [])
        ],
        medicines=list(entry.get("medicines", [])),
        programme=str(entry.get("programme", "")),
    )

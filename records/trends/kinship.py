"""Specimens and methods as laboratories print them, and which of them are the same: spellings, never a judgement.

What is in no list is only the same as what is printed exactly alike. Serum and plasma, venous and capillary blood are
told apart: their values differ.
"""

import unicodedata
from functools import cache

SPECIMENS: tuple[tuple[str, ...], ...] = (
    ("血清", "静脉血清", "serum", "ser"),
    ("血浆", "静脉血浆", "plasma", "plas"),
    ("静脉血", "静脉全血", "全血", "抗凝血", "whole blood", "blood", "bld", "wb"),
    ("末梢血", "指尖血", "指血", "毛细血管血", "capillary blood", "bldc"),
    ("动脉血", "arterial blood", "blda"),
    ("尿", "尿液", "随机尿", "urine", "ur"),
    ("24小时尿", "24h尿", "24小时尿液", "24h urine"),
    ("晨尿", "清晨尿"),
    ("粪便", "大便", "便", "stool"),
)
METHODS: tuple[tuple[str, ...], ...] = (
    ("己糖激酶法", "己糖激酶", "hk", "hk法", "hexokinase"),
    ("葡萄糖氧化酶法", "葡萄糖氧化酶", "氧化酶法", "god", "god-pod", "god-pod法", "god-pap", "glucose oxidase"),
    ("高效液相色谱法", "高效液相色谱", "高压液相色谱法", "液相色谱法", "hplc", "hplc法"),
    ("免疫比浊法", "免疫透射比浊法", "胶乳免疫比浊法", "immunoturbidimetry"),
    ("苦味酸法", "碱性苦味酸法", "jaffe", "jaffe法", "jaffé"),
    ("肌氨酸氧化酶法", "酶法", "enzymatic"),
    ("化学发光法", "化学发光免疫分析", "化学发光", "clia", "cmia"),
    ("电化学发光法", "电化学发光", "eclia"),
    ("离子选择电极法", "离子选择性电极法", "电极法", "ise", "ise法", "间接离子选择电极法"),
    ("速率法", "连续监测法", "ifcc法", "rate"),
    ("干化学法", "干化学", "试纸法", "试带法", "dry chemistry"),
    ("指尖血糖仪", "血糖仪", "快速血糖仪", "poct"),
)


def specimen(printed: str) -> str:
    """The first spelling of a specimen; nothing where none is printed."""
    return _first(printed, SPECIMENS)


def method(printed: str) -> str:
    """The first spelling of a method; nothing where none is printed."""
    return _first(printed, METHODS)


def _first(printed: str, known: tuple[tuple[str, ...], ...]) -> str:
    key = plain(printed)
    return _spellings(known).get(key, key)


@cache
def _spellings(known: tuple[tuple[str, ...], ...]) -> dict[str, str]:
    return {plain(one): some[0] for some in known for one in some}


def plain(printed: str) -> str:
    """A text without blanks, in half-width and small letters."""
    return "".join(unicodedata.normalize("NFKC", printed).split()).casefold()

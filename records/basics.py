"""What residents are asked once and what lasts (基本健康信息): which answers there are, and how feeds carry them.

An answer is an Observation of category `survey` with a code of `SYSTEM`, or, from a feed that has no such codes, with
a name that says what was asked. "无" is an answer: it was asked, and there is nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SYSTEM = "urn:health-portal:basic-information"
DENIALS = ("无", "否认", "没有", "未发现", "从无")
NO_ANSWER = ("不详", "未知", "未提供")


@dataclass(frozen=True)
class Topic:
    """One thing that is asked: its code, its title, and what the names of its answers contain."""

    code: str
    title: str | Promise
    words: tuple[str, ...]


TOPICS = {
    topic.code: topic
    for topic in (
        Topic("allergy", _("过敏史"), ("过敏",)),
        Topic("exposure", _("暴露史"), ("暴露史", "危险因素暴露")),
        Topic("family", _("家族史"), ("家族",)),
        Topic("genetic", _("遗传病史"), ("遗传",)),
        Topic("illness", _("疾病"), ("疾病史", "既往史", "既往常见疾病")),
        Topic("operation", _("手术"), ("手术史",)),
        Topic("injury", _("外伤"), ("外伤",)),
        Topic("transfusion", _("输血"), ("输血",)),
        Topic("disability", _("残疾情况"), ("残疾",)),
        Topic("blood-rh", _("Rh血型"), ("Rh", "RH", "rh")),
        Topic("blood-abo", _("血型"), ("血型",)),
        Topic("pregnancy-risk", _("孕产妇风险等级"), ("孕产妇风险", "妊娠风险")),
        Topic("education", _("文化程度"), ("文化程度",)),
        Topic("occupation", _("职业"), ("职业类别", "职业")),
        Topic("marriage", _("婚姻状况"), ("婚姻",)),
        Topic("nation", _("民族"), ("民族",)),
        Topic("payment", _("医疗费用支付方式"), ("支付方式", "医疗保险")),
    )
}
RELATIVES = {"father": _("父亲"), "mother": _("母亲"), "siblings": _("兄弟姐妹"), "children": _("子女")}


def asked() -> Q:
    """The rows of observations that are such answers, as far as a query can tell; `topic_of` decides."""
    named = Q()
    for topic in TOPICS.values():
        for word in topic.words:
            named |= Q(name__contains=word)
    return Q(category="survey") & (Q(code_system=SYSTEM) | Q(value_number=None) & named) | Q(name__contains="血型")


def topic_of(row: Mapping[str, Any]) -> str:
    """The code of the topic that a row answers; empty for none."""
    if row.get("code_system") == SYSTEM:
        code = str(row.get("code", ""))
        return next((topic for topic in TOPICS if code == topic or code.startswith(f"{topic}-")), "")
    name = str(row.get("name", ""))
    return next((topic.code for topic in TOPICS.values() if any(word in name for word in topic.words)), "")


def denies(value: str) -> bool:
    """Whether an answer says that there is nothing."""
    return value.strip().startswith(DENIALS)


def says_nothing(value: str) -> bool:
    """Whether an answer leaves the question open."""
    return not value.strip() or value.strip().startswith(NO_ANSWER)

"""What residents are asked once (基本健康信息) as answers: also that they were asked, and there is nothing."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from records import basics
from records.exchange.cda import moments
from records.exchange.cda.body import ALLERGIES, PAST_ILLNESS, code_of, name_of, observations, said, sections
from records.exchange.cda.header import Header
from records.exchange.cda.making import Numbered, observation

Resource = dict[str, Any]
FAMILY = "10157-6"
# What a section is about where its observations do not say; and the topics that stand in it as answers.
_DENIED = {ALLERGIES: "allergy", PAST_ILLNESS: "illness"}
_ANSWERED = ("exposure", "genetic", "injury", "transfusion", "disability", "education", "occupation", "marriage")
_RELATIVES = (("父", "father"), ("母", "mother"), ("兄", "siblings"), ("姐", "siblings"), ("子", "children"))
_NO, _YES = ("否", "无", "没有"), ("是", "有")
_OPERATION = "手术"


def answers(header: Header, root: Element) -> Iterator[Resource]:
    """The answers of a document of basic information; no relative is named, only what kind of relative it is."""
    numbered = Numbered()
    for section in sections(root):
        found = _family(section.node) if section.code == FAMILY else _of_section(section.code, section.node)
        for code, value, node in found:
            yield observation(
                header,
                header.id(*numbered("answer", code)),
                "survey",
                code={"coding": [{"system": basics.SYSTEM, "code": code}], "text": _title(code)},
                valueCodeableConcept={"text": value},
                effectiveDateTime=moments.start(node, "effectiveTime") or header.signed,
            )


def _title(code: str) -> str:
    """What residents read: of the relative only the kind."""
    topic, _, relative = code.partition("-")
    if topic == "family" and relative in basics.RELATIVES:
        return f"家族史（{_CHINESE[relative]}）"
    return _NAMES.get(code, code)


_CHINESE = {"father": "父亲", "mother": "母亲", "siblings": "兄弟姐妹", "children": "子女"}
_NAMES = {
    "allergy": "过敏史",
    "illness": "既往疾病",
    "operation": "手术史",
    "family": "家族史",
    "exposure": "暴露史",
    "genetic": "遗传病史",
    "injury": "外伤史",
    "transfusion": "输血史",
    "disability": "残疾情况",
    "education": "文化程度",
    "occupation": "职业",
    "marriage": "婚姻状况",
}


def _family(node: Element) -> Iterator[tuple[str, str, Element]]:
    """Diseases of relatives: whose stands before them, or beside them in one group."""
    relative = ""
    for one in observations(node):
        words = said(one)
        if "关系" in name_of(one) or code_of(one).startswith("DE02.01.024"):
            relative = next((code for sign, code in _RELATIVES if sign in words), "")
        elif words.startswith(_NO):
            yield "family", "无", one
        elif words and words not in _YES:
            yield f"family-{relative}" if relative else "family", words, one


def _of_section(section: str, node: Element) -> Iterator[tuple[str, str, Element]]:
    inside: set[int] = set()  # what is said inside an answer belongs to it
    for one in observations(node):
        words, name = said(one), name_of(one)
        topic = basics.topic_of({"name": name})
        if id(one) in inside:
            continue
        if topic in _ANSWERED:
            inside |= {id(inner) for inner in one.iter("observation")}
            if value := _value(one, words):
                yield topic, value, one
        elif section in _DENIED and words.startswith(_NO):
            yield "operation" if _OPERATION in name else _DENIED[section], "无", one


def _value(node: Element, words: str) -> str:
    """An answer in words; of a yes with words inside it, those words."""
    if words.startswith(_NO):
        return "无"
    if words not in _YES:
        return words
    return next((inside for one in node.iter("observation") if one is not node and (inside := said(one))), "有")

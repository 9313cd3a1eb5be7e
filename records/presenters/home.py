"""The first page of a record in words: the three blocks of the national rule, and why what is empty is empty.

国卫办基层发〔2024〕15号: 个人健康标识, 个人基本健康信息, 卫生健康服务活动记录.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from records import basics
from records.conditions.groups import Group, groups
from records.home import Home
from records.kinds import KINDS, Kind
from records.models import Report
from records.presenters import arrivals, kept, labels, words
from records.presenters.facts import Fact, fact, facts
from records.presenters.labels import Label
from records.summaries.building import Content

SHOWN = 5
LINES = 8
# Kinds whose rows are events: together they are the list of services.
SERVICES = {
    "encounters": _lazy("就诊"),
    "examinations": _lazy("健康体检"),
    "followups": _lazy("随访"),
    "immunizations": _lazy("预防接种"),
    "procedures": _lazy("手术操作"),
    "documents": _lazy("医疗文书"),
}
LISTED = ("medications", "vitals")
PAGES = {"examinations": "records:check_up", "followups": "records:follow_up", "documents": "records:document"}
DEMOGRAPHICS = ("nation", "marriage", "education", "occupation", "payment")


@dataclass(frozen=True)
class Section:
    """A part of the basic information: its facts, or in one sentence why there are none; `href` leads to all."""

    slug: str
    title: words.Words
    facts: Sequence[Fact]
    empty: str = ""
    source: Fact | None = None
    href: str = ""


@dataclass(frozen=True)
class Disease:
    """A disease with a page of its own: where and when it was last written down."""

    title: str
    href: str
    facility: str
    when: datetime | None
    is_new: bool


@dataclass(frozen=True)
class Listed:
    """A kind, how many rows it has, and the page of all of them."""

    title: words.Words
    icon: str
    count: int
    href: str


@dataclass(frozen=True)
class Page:
    """What the template shows."""

    news: str
    since: datetime | None
    labels: Sequence[Label]
    diseases: Sequence[Disease]
    others: str
    demographics: Sequence[tuple[words.Words, Fact]]
    sections: Sequence[Section]
    unknown: Sequence[tuple[str, str]]
    services: Sequence[Fact]
    blocks: Sequence[Section]
    index: Sequence[Listed]


def page(of: Home, now: datetime) -> Page:
    """The first page of a record in words."""
    read, since = of.read, of.since
    told = [*read.records["told"], *((read.results or {}).get("told", []))]
    answers = _by_topic(told)
    today = timezone.localdate(now)
    shown, others = _diseases(read.records, since, now)
    sections = _sections(of, answers)
    return Page(
        news=arrivals.sentence(read.records, read.results, since, now),
        since=since,
        labels=labels.of(read, answers, today, now),
        diseases=shown,
        others=others,
        demographics=[
            (basics.TOPICS[topic].title, _answer(answers[topic][0], since))
            for topic in DEMOGRAPHICS
            if topic in answers
        ],
        sections=[one for one in sections if one.facts or one.source],
        unknown=_unknown(sections),
        services=_services(of, since),
        blocks=[_listed_block(KINDS[slug], read.records, since) for slug in LISTED if slug in KINDS],
        index=_index(read.records, read.results),
    )


def _by_topic(told: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in told:
        found.setdefault(str(row["topic"]), []).append(row)
    return found


def _diseases(content: Content, since: datetime | None, now: datetime) -> tuple[list[Disease], str]:
    """Those with a page of their own, and the names of some others."""
    known, rest = list(groups(now).values()), []
    found: dict[str, tuple[Group, Mapping[str, Any]]] = {}
    for row in kept.of_kind(content, "conditions"):
        fitting = [group for group in known if group.holds(row.get("code", ""), row.get("name", ""))]
        for group in fitting:
            found.setdefault(group.slug, (group, row))
        if not fitting and not row.get("ended_at"):
            rest.append(str(row.get("name", "")))
    shown = [
        Disease(
            group.title,
            reverse("records:condition", args=[group.slug]),
            row.get("facility_name", ""),
            kept.moment(row.get("occurred_at")),
            _is_new(row, since),
        )
        for group, row in found.values()
    ]
    return shown, _("、").join(rest[:SHOWN])


def _is_new(row: Mapping[str, Any], since: datetime | None) -> bool:
    arrived = kept.moment(row.get("arrived"))
    return since is not None and arrived is not None and arrived > since


def _worded(kind: Kind, rows: Iterable[Mapping[str, Any]], since: datetime | None) -> list[Fact]:
    rows = list(rows)
    made = kept.rows(kind.model, rows)
    if kind.slug == "vitals":  # two pressures become one line
        return facts(made)
    return [
        replace(fact(row), is_new=_is_new(told, since), href=_page_of(kind, told))
        for row, told in zip(made, rows, strict=True)
    ]


def _page_of(kind: Kind, row: Mapping[str, Any]) -> str:
    """The page of one row, for kinds whose rows have one."""
    return reverse(PAGES[kind.slug], args=[row["id"]]) if kind.slug in PAGES else ""


def _sections(of: Home, answers: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Section]:
    """The basic information in the order of the rule."""
    titles = basics.TOPICS
    return [
        _section(of, answers, "allergy", titles["allergy"].title, "allergies"),
        _section(of, answers, "exposure", titles["exposure"].title),
        _section(of, answers, "illness", _("既往史：疾病"), "conditions"),
        _section(of, answers, "operation", _("既往史：手术"), "procedures"),
        _section(of, answers, "injury", _("既往史：外伤")),
        _section(of, answers, "transfusion", _("既往史：输血")),
        _section(of, answers, "family", titles["family"].title),
        _section(of, answers, "genetic", titles["genetic"].title),
        _section(of, answers, "disability", titles["disability"].title),
    ]


def _section(
    of: Home,
    answers: Mapping[str, Sequence[Mapping[str, Any]]],
    topic: str,
    title: words.Words,
    slug: str = "",
) -> Section:
    rows = (
        [row for row in kept.of_kind(of.read.records, slug) if not basics.denies(row.get("name", ""))] if slug else []
    )
    found = _worded(KINDS[slug], rows[:SHOWN], of.since) if rows else []
    said = answers.get(topic, ())
    found += [_answer(row, of.since) for row in said if not basics.denies(row["value_text"])]
    href = reverse("records:section", args=[slug]) if slug and len(rows) > SHOWN else ""
    if found:
        return Section(topic, title, found, href=href)
    denial = next(iter(said), None) or next(iter(kept.of_kind(of.read.records, slug) if slug else ()), None)
    if denial is not None:
        return Section(topic, title, (), _("没有（已询问）"), _answer(denial, None))
    return Section(topic, title, (), _why_empty(of))


def _unknown(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """Why nothing is known, and of what: one line for each reason."""
    found: dict[str, list[str]] = {}
    for section in sections:
        if not section.facts and section.source is None:
            found.setdefault(section.empty, []).append(str(section.title))
    return [(reason, _("、").join(titles)) for reason, titles in found.items()]


def _why_empty(of: Home) -> str:
    """Why nothing is known: the facility that keeps the person's record is not connected, or nobody has asked."""
    if not of.coverage.feeds:
        return _("机构还没有接入")
    return _("没有问过，或机构没有传来")


def _answer(row: Mapping[str, Any], since: datetime | None) -> Fact:
    code, name = str(row.get("code", "")), str(row.get("name", ""))
    relative = basics.RELATIVES.get(code.rpartition("-")[2]) or next(
        (label for label in basics.RELATIVES.values() if str(label) in name), ""
    )
    return Fact(
        title=row.get("value_text") or name,
        facility=row.get("facility_name", ""),
        when=kept.moment(row.get("occurred_at")),
        tag=relative,
        is_new=_is_new(row, since),
    )


def _services(of: Home, since: datetime | None) -> list[Fact]:
    """The newest services of all kinds in one list: what it was, where, when."""
    found = [(slug, row) for slug in SERVICES if slug in KINDS for row in kept.of_kind(of.read.records, slug)]
    reports = (of.read.results or {}).get("reports", {}).get("rows", ())
    found += [("reports", row) for row in reports]
    newest = sorted(found, key=lambda one: _when(one[1]), reverse=True)[:LINES]
    return [_report(row, since) if slug == "reports" else _service(slug, row, since) for slug, row in newest]


def _when(row: Mapping[str, Any]) -> str:
    """A time to sort by; what is kept is written in one zone, so the texts are in its order."""
    return str(row.get("issued_at") or row.get("occurred_at") or "")


def _service(slug: str, row: Mapping[str, Any], since: datetime | None) -> Fact:
    line = _worded(KINDS[slug], [row], since)[0]
    return replace(line, notes=(str(SERVICES[slug]), *line.notes[:1]))


def _report(row: Mapping[str, Any], since: datetime | None) -> Fact:
    category = str(row.get("category", ""))
    return Fact(
        title=row.get("title", ""),
        facility=row.get("facility_name", ""),
        when=kept.moment(row.get("issued_at") or row.get("occurred_at")),
        notes=(str(Report.Category(category).label) if category in Report.Category.values else _("检查检验报告"),),
        href=reverse("records:report", args=[row["id"]]),
        is_new=_is_new(row, since),
    )


def _listed_block(kind: Kind, content: Content, since: datetime | None) -> Section:
    rows = kept.of_kind(content, kind.slug)
    count = content["kinds"].get(kind.slug, {}).get("count", 0)
    href = reverse("records:section", args=[kind.slug]) if count > SHOWN else ""
    return Section(kind.slug, kind.title, _worded(kind, rows[: SHOWN * 2], since)[:SHOWN], href=href)


def _index(content: Content, results: Content | None) -> list[Listed]:
    """Every kind with its number of rows, reports first."""
    found = []
    if results is not None:
        count = results["reports"].get("count", 0)
        found.append(Listed(_("检查检验结果"), "results", count, reverse("records:reports")))
    for slug, kind in KINDS.items():
        count = content["kinds"].get(slug, {}).get("count", 0)
        found.append(Listed(kind.title, kind.icon, count, reverse("records:section", args=[slug])))
    return found

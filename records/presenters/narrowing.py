"""What a list is narrowed by, in words: what is chosen now and how to let go of each, and what else there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.lists.narrowing import LATELY, Offered, Wanted
from records.presenters import words

TIMES: dict[str, words.Words] = {"3m": gettext_lazy("最近3个月"), "1y": gettext_lazy("最近1年")}


@dataclass(frozen=True)
class Choice:
    """One thing to choose: its value in an address, its words, and the address that (un)chooses it."""

    name: str
    words: words.Words
    href: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Narrowing:
    """The filters of a list, always in sight. `chosen` are those in force, each with the address without it."""

    action: str
    facilities: Sequence[Choice]
    times: Sequence[Choice]
    categories: Sequence[Choice]
    measured: bool
    abnormal: Choice
    hidden: Sequence[tuple[str, str]]
    chosen: Sequence[Choice]

    @property
    def said(self) -> str:
        """What is looked for, in words."""
        return _("、").join(str(choice.words) for choice in self.chosen)


def narrowing(action: str, offered: Offered, wanted: Wanted, query: QueryDict) -> Narrowing:
    """The filters as a page shows them; `query` is the page's address, of which the page number is let go."""
    facility = str(wanted.facility_id or "")
    categories = [
        Choice(name, words.CATEGORIES.get(name, name), _with(action, query, category=name), wanted.category == name)
        for name in offered.categories
    ]
    kept = [(name, str(query[name])) for name in ("category", "abnormal") if query.get(name)]
    return Narrowing(
        action=action,
        facilities=[Choice(str(key), name, chosen=str(key) == facility) for key, name in offered.facilities],
        times=[Choice(time, time_words(time), chosen=time == wanted.time) for time in offered.times],
        categories=[Choice("", _("全部"), _with(action, query, category=""), not wanted.category), *categories],
        measured=offered.measured,
        abnormal=Choice(
            "abnormal",
            _("只看有异常提示的"),
            _with(action, query, abnormal="" if wanted.abnormal else "on"),
            wanted.abnormal,
        ),
        hidden=kept,
        chosen=_chosen(action, offered, wanted, query),
    )


def time_words(time: str) -> words.Words:
    """A time to narrow by, in words."""
    return TIMES[time] if time in LATELY else _("%(year)s年") % {"year": time}


def _chosen(action: str, offered: Offered, wanted: Wanted, query: QueryDict) -> list[Choice]:
    places = dict(offered.facilities)
    in_force: list[tuple[str, words.Words]] = []
    if wanted.facility_id:
        in_force.append(("facility", places[wanted.facility_id]))
    if wanted.time:
        in_force.append(("time", time_words(wanted.time)))
    if wanted.category:
        in_force.append(("category", words.CATEGORIES.get(wanted.category, wanted.category)))
    if wanted.abnormal:
        in_force.append(("abnormal", _("有异常提示的")))
    return [Choice(name, said, _with(action, query, **{name: ""})) for name, said in in_force]


def _with(action: str, query: QueryDict, **changes: str) -> str:
    """The address with something else chosen, from its first page on."""
    changed = query.copy()
    for name, value in {**changes, "page": ""}.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"{action}?{changed.urlencode()}" if changed else action

"""What a record says that there may be something to read about: tags, in the order in which they matter.

The arrow points down: this hands tags over to health education, which knows nothing of records. Row-level security
decides what is read; a condition that was told more closely (sensitivity) never reaches this far.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Value
from django.http import HttpRequest
from django.utils.translation import gettext as _

from foundation import tally
from foundation.dated import register, setting
from health_education.for_you import Suggestion, for_you, wants_it
from health_education.models import Revision, Tag
from records.models import Condition, Encounter
from residents import idle
from residents.access import Viewer, address_of, record_event
from residents.models import AccountSession

SUGGESTED = "records.suggested_reading"
FOLLOW_UP_DAYS = register("records.follow_up_days", 730, "按随访推荐文章时，看最近多少天的随访")
MOST_ROWS = 100

# Where ICD-10 has a condition. The longest that fits is taken. Pregnancy is left out: that it ended, and how, is often
# not written down, and nothing would hurt more than being shown what to eat for the child.
PREFIXES: dict[str, Tag] = {
    **{f"I1{digit}": Tag.HYPERTENSION for digit in range(6)},
    **{f"E1{digit}": Tag.DIABETES for digit in range(5)},
    **{f"I6{digit}": Tag.STROKE for digit in range(10)},
    **{f"I2{digit}": Tag.CORONARY for digit in range(6)},
    "G45": Tag.STROKE,
    "J44": Tag.COPD,
    "J43": Tag.COPD,
    "J42": Tag.COPD,
    "E78": Tag.DYSLIPIDAEMIA,
    "M10": Tag.GOUT,
    "E79.0": Tag.GOUT,
    "E66": Tag.OBESITY,
    "N18": Tag.KIDNEY,
    "F00": Tag.DEMENTIA,
    "F01": Tag.DEMENTIA,
    "F03": Tag.DEMENTIA,
    "G30": Tag.DEMENTIA,
    "M80": Tag.OSTEOPOROSIS,
    "M81": Tag.OSTEOPOROSIS,
    "D50": Tag.ANAEMIA,
    "D64": Tag.ANAEMIA,
    "O99.0": Tag.ANAEMIA,
    **{f"E0{digit}": Tag.THYROID for digit in range(1, 8)},
    "K70": Tag.LIVER,
    "K74": Tag.LIVER,
    "K76": Tag.LIVER,
    **{f"A1{digit}": Tag.TUBERCULOSIS for digit in range(5, 10)},
    "B18.1": Tag.HEPATITIS_B,
    **{f"F3{digit}": Tag.MENTAL for digit in range(2, 4)},
    **{f"C{number:02}": Tag.TUMOUR for number in range(98)},
}
ICD_10 = re.compile(r"[A-Z]\d{2}(?:\.|\d|$)")
# How facilities name what they follow up; read only in the reasons of follow-ups and of conditions without a code.
NAMES = {
    "高血压": Tag.HYPERTENSION,
    "糖尿病": Tag.DIABETES,
    "慢阻肺": Tag.COPD,
    "慢性阻塞性肺": Tag.COPD,
    "脑卒中": Tag.STROKE,
    "冠心病": Tag.CORONARY,
    "儿童健康": Tag.CHILD_GROWTH,
    "新生儿": Tag.CHILD_GROWTH,
}
FOLLOW_UP = "随访"
UNSURE = ("家族史", "史", "待查", "疑似", "排除", "？", "?")
# Not said on the first page of the portal, where others may look on.
QUIET = {Tag.MENTAL, Tag.TUMOUR, Tag.HEPATITIS_B, Tag.TUBERCULOSIS, Tag.DEMENTIA}


@dataclass(frozen=True)
class Found:
    """A tag of the record, and whether it is followed up or was diagnosed."""

    tag: Tag
    followed: bool = False


@dataclass(frozen=True)
class Explained:
    """A text with the reason for it, in the reader's words."""

    suggestion: Suggestion
    why: str

    @property
    def revision(self) -> Revision:
        return self.suggestion.revision


def is_among_others(request: HttpRequest, now: datetime) -> bool:
    """Whether a screen stands where many people are: a self-service machine, or the network of a hospital."""
    kiosk = getattr(request.session, "kind", "") == AccountSession.Kind.KIOSK
    return kiosk or idle.is_shared(address_of(request), now)


def for_home(viewer: Viewer, now: datetime, *, among_others: bool = False) -> list[Explained]:
    """What to read, on the first page of the portal; where something is shown, the look is logged as every other.

    Nothing where the account switched it off, nothing about another person and nothing on a screen that is not one's
    own (`among_others`): the reason names an illness, and others may look on.
    """
    if among_others or not viewer.is_self or not wants_it(viewer.account_id):
        return []
    with tally.unseen("nothing of it is shown unless there is something to read"):
        shown = explained(said_aloud(tags_of(viewer, now)), now)
    if shown:
        tags_of(viewer, now)  # once more, so that the look that is shown is counted beside its line in the log
        record_event(viewer=viewer, action=SUGGESTED, now=now)
    return shown


def for_tags(viewer: Viewer, found: Sequence[Found], now: datetime) -> list[Explained]:
    """What to read, beside the record itself, whose look the caller logs; nothing for staff and where it is off."""
    if viewer.opening_id is not None or not found or not wants_it(viewer.account_id):
        return []
    return explained(found, now)


def tags_of(viewer: Viewer, now: datetime) -> list[Found]:
    """What the record of the viewer's person holds, what is followed up first. One query; the caller logs the look."""
    since = now - timedelta(days=setting(FOLLOW_UP_DAYS, now))
    visits = Encounter.objects.visible_to(viewer).readable().filter(reason__contains=FOLLOW_UP, occurred_at__gte=since)
    conditions = Condition.objects.visible_to(viewer).readable().filter(ended_at__isnull=True)
    said = visits.values_list(Value(FOLLOW_UP), Value(""), "reason")
    rows = list(said.union(conditions.values_list(Value(""), "code", "name"))[:MOST_ROWS])
    found = {tag: Found(tag, followed=True) for kind, _code, reason in rows if kind for tag in named(reason)}
    for kind, code, name in rows:
        for tag in [] if kind else coded(code) or ([] if code else named(name)):
            found.setdefault(tag, Found(tag))
    return sorted(found.values(), key=lambda one: not one.followed)


def coded(code: str) -> list[Tag]:
    """The tag of an ICD-10 code."""
    code = code.strip().upper()
    if not ICD_10.match(code):
        return []
    fitting = [prefix for prefix in PREFIXES if code.startswith(prefix)]
    return [PREFIXES[max(fitting, key=len)]] if fitting else []


def named(words: str) -> list[Tag]:
    """The tags that a name speaks of for sure."""
    if any(doubt in words for doubt in UNSURE):
        return []
    return list(dict.fromkeys(tag for name, tag in NAMES.items() if name in words))


def explained(found: Sequence[Found], now: datetime) -> list[Explained]:
    """Up to three texts for what was found, each with its reason. One query."""
    by_tag = {one.tag.value: one for one in found}
    return [Explained(one, why(by_tag[one.tag])) for one in for_you(list(by_tag), now)]


def said_aloud(found: Iterable[Found]) -> list[Found]:
    """What may be named where others may look on."""
    return [one for one in found if one.tag not in QUIET]


def why(found: Found) -> str:
    """The reason for a recommendation."""
    if found.followed:
        return _("因为您的档案中有%(what)s随访") % {"what": found.tag.label}
    return _("因为您的档案中有%(what)s") % {"what": found.tag.label}

"""Which pictures a study has to show, and one of them as the PACS renders it (WADO-RS, PS3.18 chapter 10.4).

Nothing of it is stored. The instances a key object selection names come first (PS3.3, A.35.4); without one, some that
stand evenly over the study.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from records.exchange.http import Answer, Asker
from records.exchange.pacs import datasets
from records.exchange.pacs.asking import DICOM_JSON, check
from records.exchange.pacs.datasets import Dataset
from records.exchange.pacs.translating import is_uid
from records.exchange.problems import PullFailed
from records.exchange.translating import Untranslatable

SHOWN = 4
# So many instances are looked through; of a study with more, the first ones.
MOST_INSTANCES = 2000
VIEWPORT = "480,480"
# What every server has (PS3.18, 8.7.4); some take no list of types.
ACCEPT = "image/jpeg"
MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
CLASS, INSTANCE, SERIES, ROWS = "00080016", "00080018", "0020000E", "00280010"
EVIDENCE, REFERENCED_SERIES, REFERENCED, REFERENCED_INSTANCE = "0040A375", "00081115", "00081199", "00081155"
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
# Structured reports, presentation states, waveforms, documents, radiotherapy without pictures (PS3.4, B.5).
NO_PICTURES = tuple(
    f"1.2.840.10008.5.1.4.1.1.{branch}" for branch in ("88.", "11.", "9.", "104.", "481.3", "481.5", "481.8", "66")
)
NOT_AN_IMAGE = "影像系统没有返回图片。"
NOT_A_LIST = "影像系统返回的图像清单不完整。"


@dataclass(frozen=True)
class Picture:
    """One instance of a study, by the UIDs it is asked for with."""

    study: str
    series: str
    instance: str


@dataclass(frozen=True)
class Rendered:
    """A picture as it goes to the browser."""

    content_type: str
    body: bytes


def pictures(asker: Asker, address: str, study: str) -> list[Picture]:
    """Some pictures that stand for a study, at most SHOWN; raises PullFailed in plain words."""
    if not is_uid(study):
        return []
    asked = urlencode({"includefield": f"{CLASS},{ROWS}", "limit": str(MOST_INSTANCES)}, safe=",")
    found = _listed(asker.get(f"{_base(address, study)}/instances?{asked}", accept=DICOM_JSON))
    shown = [picture for one in found if _is_picture(one) and (picture := _picture(study, one))]
    key = _key_pictures(asker, address, study, found)
    return [picture for picture in key if picture in shown][:SHOWN] or _spread(shown)


def rendered(asker: Asker, address: str, picture: Picture) -> Rendered:
    """The picture as the PACS draws it; raises PullFailed where there is none."""
    answer = asker.get(f"{_of(address, picture)}/rendered?{urlencode({'viewport': VIEWPORT}, safe=',')}", accept=ACCEPT)
    check(answer)
    # What it is called does not count: a page of markup must not reach the browser under our address.
    for magic, content_type in MAGIC.items():
        if answer.body.startswith(magic):
            return Rendered(content_type, answer.body)
    raise PullFailed(NOT_AN_IMAGE)


def _base(address: str, study: str) -> str:
    return f"{address.rstrip('/')}/studies/{study}"


def _of(address: str, picture: Picture) -> str:
    return f"{_base(address, picture.study)}/series/{picture.series}/instances/{picture.instance}"


def _listed(answer: Answer) -> list[Dataset]:
    if answer.status == 204:
        return []
    check(answer)
    try:
        return datasets.studies(answer.body, "")[:MOST_INSTANCES]
    except Untranslatable:
        raise PullFailed(NOT_A_LIST) from None


def _is_picture(one: Dataset) -> bool:
    """By what kind of object it is; where that is not said, by its having rows of pixels."""
    kind = one.text(CLASS)
    return not kind.startswith(NO_PICTURES) if kind else one.number(ROWS) is not None


def _picture(study: str, one: Dataset, instance: str = INSTANCE) -> Picture | None:
    found = Picture(study, one.text(SERIES), one.text(instance))
    return found if is_uid(found.series) and is_uid(found.instance) else None


def _key_pictures(asker: Asker, address: str, study: str, found: Iterable[Dataset]) -> list[Picture]:
    """What the first selection of key objects names; nothing where there is none, or it cannot be read."""
    selections = [one for one in found if one.text(CLASS) == KEY_OBJECTS]
    selection = _picture(study, selections[0]) if selections else None
    if selection is None:
        return []
    try:
        whole = _listed(asker.get(f"{_of(address, selection)}/metadata", accept=DICOM_JSON))
    except PullFailed:
        return []
    series = [two for one in whole for evidence in one.items(EVIDENCE) for two in evidence.items(REFERENCED_SERIES)]
    return [
        Picture(study, one.text(SERIES), item.text(REFERENCED_INSTANCE))
        for one in series
        for item in one.items(REFERENCED)
    ]


def _spread(shown: Sequence[Picture]) -> list[Picture]:
    """Some of them, evenly: the middle of each part."""
    parts = min(SHOWN, len(shown))
    return [shown[(2 * number + 1) * len(shown) // (2 * parts)] for number in range(parts)]

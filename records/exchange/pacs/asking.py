"""The list of studies, asked for day by day (QIDO-RS, PS3.18 chapter 10.6); each answer kept whole before it is read.

QIDO-RS cannot say what changed since when. So the days since the cursor are asked for, and some days before, because
pictures reach a PACS late and their number grows; what has not changed is counted as repeated and adds nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from foundation.dated import register, setting
from records.exchange import documents
from records.exchange.http import Answer, Asker
from records.exchange.models import StoredFile
from records.exchange.pacs import datasets
from records.exchange.pacs import translating as tags
from records.exchange.problems import PullFailed
from records.exchange.runs import Run
from records.exchange.translating import Untranslatable
from records.exchange.values import Neighbours

FIRST_DAYS = register("exchange.pacs_first_days", 365, "首次从影像系统拉取多少天以内的检查")
OVERLAP_DAYS = register("exchange.pacs_overlap_days", 14, "从影像系统拉取时向前重叠的天数（迟到的影像不会漏）")
# So many days are asked for at a time: a first load can go on from there.
WINDOW = timedelta(days=7)
ONE_DAY = timedelta(days=1)
CURSOR = "StudyDate"
MIDWAY = "midway"
DICOM_JSON = "application/dicom+json"
FIELDS = (
    tags.CHARACTER_SET,
    tags.STUDY_DATE,
    tags.STUDY_TIME,
    tags.ACCESSION,
    tags.MODALITIES,
    tags.ZONE,
    tags.DESCRIPTION,
    tags.NAME,
    tags.PATIENT_ID,
    tags.ISSUER,
    tags.ISSUER_QUALIFIERS,
    tags.BIRTH_DATE,
    tags.SEX,
    tags.OTHER_IDS,
    tags.OTHER_IDS_SEQUENCE,
    tags.STUDY_UID,
    tags.SERIES,
    tags.IMAGES,
)
NOT_JSON = (
    "影像系统返回的内容不完整，或不是 DICOM JSON。稍后会自动重试；若一直这样，请影像系统的工程师检查 QIDO-RS 接口。"
)
ENDLESS = "影像系统的分页没有尽头（反复返回相同的内容，或超过 {pages} 页）。请影像系统的工程师检查 limit 和 offset。"


@dataclass(frozen=True)
class Window:
    """Some days, the last one included."""

    first: date
    last: date

    @property
    def range(self) -> str:
        """As a DICOM range of dates."""
        return f"{self.first:%Y%m%d}-{self.last:%Y%m%d}"


def fetch(run: Run, seconds: float | None) -> bool:
    """Keep what the PACS lists, to be translated in its turn; False where time ran out first.

    Raises PullFailed in plain words; what was kept before stays, and the cursor stands behind it.
    """
    until = run.bench.now + timedelta(seconds=seconds) if seconds is not None else None
    with Asker(run.source, run.bench.limits) as asker:
        for window in _windows(run.source.cursor, run.bench.now):
            for number, raw in enumerate(_pages(asker, run, window), start=1):
                documents.keep(raw, run.source, StoredFile.Layout.DICOM, f"{window.range} {number}", run.clock())
            midway = "" if window.last >= timezone.localdate(run.bench.now) else "yes"
            run.receive([], Neighbours(), cursor={CURSOR: window.last.isoformat(), MIDWAY: midway})
            if midway and until is not None and run.clock() > until:
                return False
    return True


def _windows(cursor: Mapping[str, str], now: datetime) -> Iterator[Window]:
    """The days to be asked for, until today; a clock that is ahead may not put the cursor there.

    A run that ended midway is gone on with: going back again each time, a slow PACS would never be read to its end.
    """
    today = timezone.localdate(now)
    try:
        before = ONE_DAY * -1 if cursor.get(MIDWAY) else timedelta(days=setting(OVERLAP_DAYS, now))
        first = date.fromisoformat(cursor.get(CURSOR, "")) - before
    except ValueError:
        first = today - timedelta(days=setting(FIRST_DAYS, now))
    while first <= today:
        last = min(first + WINDOW - ONE_DAY, today)
        yield Window(first, last)
        first = last + ONE_DAY


def _pages(asker: Asker, run: Run, window: Window) -> Iterator[bytes]:
    """The answers for these days, one after the other; raises PullFailed for a list that would never end."""
    size, most = run.bench.limits.page_size, run.bench.limits.max_pages
    seen: set[bytes] = set()
    offset = 0
    for _ in range(most):
        answer = asker.get(_address(run.source.address, window, size, offset), accept=DICOM_JSON)
        count = _count(answer)
        digest = hashlib.sha256(answer.body).digest()
        if count and digest in seen:
            break
        if count:
            seen.add(digest)
            yield answer.body
        if count < size:
            return
        offset += count
    raise PullFailed(ENDLESS.format(pages=most))


def _address(base: str, window: Window, size: int, offset: int) -> str:
    asked = {CURSOR: window.range, "includefield": ",".join(FIELDS), "limit": str(size), "offset": str(offset)}
    return f"{base.rstrip('/')}/studies?{urlencode(asked, safe=',')}"


def _count(answer: Answer) -> int:
    """How many studies an answer lists; raises PullFailed for one that is no list."""
    if answer.status == 204:
        return 0
    check(answer)
    try:
        return len(datasets.studies(answer.body, ""))
    except Untranslatable:
        raise PullFailed(NOT_JSON) from None


def check(answer: Answer) -> None:
    """Raise PullFailed in plain words for any answer but 200."""
    status = answer.status
    if status == 200:
        return
    if status in (401, 403):
        raise PullFailed(f"影像系统拒绝了访问（{status}）。请检查访问令牌是否正确、是否过期。")
    if 300 <= status < 400:
        raise PullFailed(f"影像系统要求转到别的地址（{status}），没有跟随。请把数据来源的接口地址改为最终地址。")
    if status == 429:
        raise PullFailed("影像系统要求降低访问频率（429）。请调大拉取间隔。")
    if status >= 500:
        raise PullFailed(f"影像系统出错（{status}）。稍后会自动重试；若一直这样，请联系影像系统的工程师。")
    raise PullFailed(f"影像系统不接受这个请求（{status}）。请核对接口地址，以及是否支持 QIDO-RS 按 StudyDate 查询。")

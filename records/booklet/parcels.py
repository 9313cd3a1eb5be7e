"""The person's side of a file to take along: asking for one, how far it is, fetching it. What it holds is sealed."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import translation

from foundation import tally
from foundation.crypto import blind_index, seal, unseal
from foundation.dated import register, setting
from foundation.rowsecurity import asked, database
from records import codes, copies
from records.booklet import pictures
from records.booklet.choosing import RECORDS, RESULTS, Wanted
from records.booklet.drafting import draft
from records.booklet.reading import gather
from records.models import Observation, Parcel, ParcelPiece, Report
from records.models.parcels import draft_place, piece_place
from residents.access import Viewer, record_event

FETCHED, SHOWN = "records.fetched_record", "records.read_record_pages"
HOURS = register("records.booklet_hours", 48, "做好的整份档案PDF加密保存几小时，之后删除")
A_DAY = register("records.booklets_a_day", 6, "每个账号每天最多制作几份整份档案PDF")
REPORT_MINUTES = register("records.report_pages_minutes", 60, "报告的页面图片最多可以看多少分钟，之后要重新打开")
PIECE = 512 * 1024
LISTED_AT_ONCE = 10
Kind, State = Parcel.Kind, Parcel.State


class TooMany(Exception):
    """The account has had as many made today as the county lets it."""


class NotNow(Exception):
    """There is no file to hand out: `state` says why (waiting, working, failed, expired, outdated)."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class Ready:
    """A file that is handed out."""

    parcel: Parcel
    pdf: bytes


def may_take(viewer: Viewer, wanted: Iterable[str]) -> bool:
    """Whether the viewer may take what is read under these categories along: oneself or a delegate, no staff."""
    categories = set(wanted)
    values = [viewer.resident_id, RECORDS in categories, RESULTS in categories]
    return viewer.opening_id is None and bool(asked("SELECT app.may_take_now(%s, %s, %s)", values))


def ask(*, viewer: Viewer, wanted: Wanted, form_key: UUID, now: datetime) -> Parcel:
    """Read what was chosen, seal it, and put it before the worker. A form sent twice gives one file.

    Raises TooMany. The reading is written down; it happens here, in the viewer's own session, so that the worker needs
    no right to anybody's record (docs/adr/0030).
    """
    form = bytes(blind_index("parcel.form", str(form_key)))
    same = _mine(viewer).filter(form_hash=form).first()
    if same is not None:
        return same
    today = _mine(viewer).filter(kind=Kind.RECORD, asked_at__gt=now - timedelta(days=1))
    if today.count() >= setting(A_DAY, now):
        raise TooMany
    parcel = _drafted(viewer, wanted, form, now)
    try:
        with transaction.atomic(using=database()):
            parcel.save(force_insert=True)
    except IntegrityError:  # a double tap: the other one was first
        return get_object_or_404(_mine(viewer), form_hash=form)
    return parcel


def _drafted(viewer: Viewer, wanted: Wanted, form: bytes, now: datetime) -> Parcel:
    """A row for the worker, with what was read sealed into it."""
    code = codes.new()
    gathered = gather(viewer, wanted, now=now)
    with translation.override(settings.LANGUAGE_CODE):  # whoever it is shown to reads Chinese, as its pages do
        words, entries = draft(gathered, viewer, code=code, now=now)
    parcel = Parcel(
        resident_id=viewer.resident_id,
        account_id=viewer.account_id,
        kind=Kind.RECORD,
        with_records=RECORDS in wanted.categories(),
        with_results=RESULTS in wanted.categories(),
        state=State.WAITING,
        form_hash=form,
        sections=list(wanted.sections),
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        entries=sorted(entries),
        reports=len(gathered.reports),
        asked_at=now,
        expires_at=now + timedelta(hours=setting(HOURS, now)),
    )
    printed = [str(one.report.pk) for one in gathered.reports]
    # A delegate who asked is told in their own inbox.
    told = {"draft": words, "code": code, "reports": printed, "inbox": str(asked("SELECT app.own_resident()"))}
    parcel.draft = seal(_packed(told), draft_place(parcel.pk))
    return parcel


def _packed(told: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(told, ensure_ascii=False).encode())


def unpacked(parcel: Parcel) -> dict[str, Any]:
    """What `ask` sealed."""
    assert parcel.draft is not None
    told: dict[str, Any] = json.loads(zlib.decompress(unseal(bytes(parcel.draft), draft_place(parcel.pk))))
    return told


def list_for(viewer: Viewer) -> Sequence[Parcel]:
    """The viewer's own files about the person, newest first, without what is in them."""
    with tally.unseen("when a file was made says nothing of what is in it"):
        mine = _mine(viewer).filter(kind=Kind.RECORD).defer("draft", "entries").order_by("-asked_at")
        return list(mine[:LISTED_AT_ONCE])


def parcel_for(viewer: Viewer, parcel_id: UUID) -> Parcel:
    """One of the viewer's own files; a stranger's and a missing one are the same 404."""
    with tally.unseen("how far a file is says nothing of what is in it"):
        return get_object_or_404(_mine(viewer).defer("draft", "entries"), pk=parcel_id)


def _mine(viewer: Viewer) -> QuerySet[Parcel]:
    return Parcel.objects.filter(resident_id=viewer.resident_id, account_id=viewer.account_id)


def kept_state(parcel: Parcel, now: datetime) -> str:
    """Where a file stands by its row alone."""
    over = parcel.state == State.READY and parcel.expires_at <= now
    return str(State.EXPIRED if over else parcel.state)


def state_of(parcel: Parcel, now: datetime) -> str:
    """Where a file stands, as its maker sees it; "outdated": a row in it was corrected or taken back since."""
    state = kept_state(parcel, now)
    if state == State.READY and not asked("SELECT app.parcel_stands(%s)", [parcel.pk]):
        return "outdated"
    return state


def fetch(viewer: Viewer, parcel_id: UUID, *, action: str, now: datetime) -> Ready:
    """A file to hand out, written down as `action`; raises NotNow, and Http404 for what is not one's own."""
    parcel = parcel_for(viewer, parcel_id)
    state = state_of(parcel, now)
    if state != State.READY:
        raise NotNow(state)
    record_event(viewer=viewer, action=action, now=now, subject=parcel)
    return Ready(parcel, _file(parcel))


def shown(viewer: Viewer, parcel_id: UUID, *, now: datetime) -> Parcel:
    """The file whose pages are shown as pictures; one line in the log for all of them. Raises as `fetch` does."""
    parcel = parcel_for(viewer, parcel_id)
    state = state_of(parcel, now)
    if state != State.READY:
        raise NotNow(state)
    record_event(viewer=viewer, action=SHOWN, now=now, subject=parcel)
    return parcel


def page_picture(viewer: Viewer, parcel_id: UUID, number: int, *, now: datetime) -> bytes:
    """One page as PNG; a 404 for whatever is not to be shown. The opening of the pages was written down."""
    with tally.unseen("one of the pages whose opening was written down"):
        parcel = parcel_for(viewer, parcel_id)
        if state_of(parcel, now) != State.READY or not 1 <= number <= parcel.pages:
            raise Http404
        return pictures.page(_file(parcel), number)


def _file(parcel: Parcel) -> bytes:
    pieces = ParcelPiece.objects.filter(parcel_id=parcel.pk).order_by("number")
    return joined(pieces.values_list("pk", "content"))


def joined(pieces: Iterable[tuple[UUID, Any]]) -> bytes:
    """A file out of its sealed pieces, in their order."""
    return b"".join(unseal(bytes(content), piece_place(key)) for key, content in pieces)


def pieces_of(parcel: Parcel, pdf: bytes) -> list[ParcelPiece]:
    """A file in sealed pieces."""
    made = []
    for number, start in enumerate(range(0, len(pdf), PIECE)):
        piece = ParcelPiece(resident_id=parcel.resident_id, parcel_id=parcel.pk, number=number)
        piece.content = seal(pdf[start : start + PIECE], piece_place(piece.pk))
        made.append(piece)
    return made


def of_report(viewer: Viewer, report_id: UUID, *, now: datetime) -> Parcel:
    """A report's signed file, ready to be shown page by page or handed on; the same within an hour.

    Written down as one download. Raises as `copies.copy_for` does.
    """
    printed = copies.copy_for(viewer, report_id, now=now)
    hour = now.replace(minute=0, second=0, microsecond=0)
    form = sha256(sha256(printed.pdf).digest() + hour.isoformat().encode()).digest()
    kept = _mine(viewer).filter(kind=Kind.REPORT, form_hash=form).first()
    if kept is not None:
        return kept
    parcel = Parcel(
        resident_id=viewer.resident_id,
        account_id=viewer.account_id,
        kind=Kind.REPORT,
        with_records=False,
        with_results=True,
        state=State.READY,
        form_hash=form,
        entries=_printed_rows(viewer, report_id),
        reports=1,
        pages=pictures.count(printed.pdf),
        size=len(printed.pdf),
        asked_at=now,
        ready_at=now,
        expires_at=hour + timedelta(hours=1, minutes=setting(REPORT_MINUTES, now)),
    )
    try:
        with transaction.atomic(using=database()):
            parcel.save(force_insert=True)
            ParcelPiece.objects.bulk_create(pieces_of(parcel, printed.pdf))
    except IntegrityError:  # a double tap: the other one was first
        return get_object_or_404(_mine(viewer), form_hash=form)
    return parcel


def _printed_rows(viewer: Viewer, report_id: UUID) -> list[UUID]:
    report = Report.objects.visible_to(viewer).get(pk=report_id)
    items = Observation.objects.of_report(report).current().ordinary()
    open_items = items.filter(withdrawn_at__isnull=True, release="released")
    return sorted([report.pk, *open_items.values_list("id", flat=True)])

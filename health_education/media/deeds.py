"""What editors do with files: take one in, and end one. Each deed has its line in the access log."""

from datetime import datetime
from typing import Any, BinaryIO

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from facilities.querysets import workplace
from health_education.media import cleaning, limits, pictures, storing
from health_education.media.probing import Facts, probe
from health_education.media.refusals import Unfit
from health_education.models import Article, Medium
from residents.access import record_staff_event
from residents.models import Account


def judged(file: BinaryIO, now: datetime) -> Facts:
    """What an uploaded file is, its size allowed; raises Unfit with the reason."""
    facts, size = probe(file), file.seek(0, 2)
    most = limits.megabytes(facts.kind, now)
    if size > most * limits.MEGABYTE:
        kind = Medium.Kind(facts.kind).label
        raise Unfit(_("%(kind)s最大%(most)s兆，这个文件更大，请压缩后再上传。") % {"kind": kind, "most": most})
    return facts


@transaction.atomic
def take_in(
    *, article: Article, file: BinaryIO, facts: Facts, words: dict[str, Any], by: Account, now: datetime
) -> Medium:
    """Keep a judged file for an article, with its words (title, alt, captions, transcript).

    A picture is drawn anew and the file itself thrown away; of a video or a recording what tells of its maker is taken
    out. Raises Unfit for a file that cannot be drawn or cleaned, and for one that the article has already.
    """
    cleaning.clean(file, facts.content_type)
    digest, size = storing.digest_of(file)
    storing.hold()
    kept = _picture(file, now) if facts.kind == Medium.Kind.IMAGE else _whole(file, facts, digest, size)
    medium = Medium(
        article=article, kind=facts.kind, sha256=digest, size=size, uploaded_by=by.pk, uploaded_by_name=by.name,
        uploaded_at=now, **kept, **words,
    )  # fmt: skip
    try:
        with transaction.atomic():
            medium.save(force_insert=True)
    except IntegrityError as error:
        if "one_live_medium_per_file" not in str(error):
            raise
        raise Unfit(_("这篇文章已经有这个文件了，不用再上传。")) from error
    medium.refresh_from_db()
    _log(by, "health_education.medium_uploaded", medium, now)
    return medium


@transaction.atomic
def end(*, medium: Medium, by: Account, now: datetime) -> None:
    """Show a medium nowhere any more, at once; its file and its row stay. A second time does nothing."""
    if Medium.objects.current().filter(pk=medium.pk).update(ended_at=now):
        _log(by, "health_education.medium_ended", medium, now)


def _picture(file: BinaryIO, now: datetime) -> dict[str, Any]:
    drawn = pictures.drawn(file, limits.most_pixels(now))
    listed = [
        {
            "name": one.name,
            "content_type": one.content_type,
            "width": one.width,
            "height": one.height,
            "size": len(one.content),
            "sha256": storing.keep_bytes(one.content),
        }
        for one in drawn
    ]
    widest = drawn[-1]
    return {
        "renditions": listed,
        "width": widest.width,
        "height": widest.height,
        "content_type": widest.content_type,
    }


def _whole(file: BinaryIO, facts: Facts, digest: str, size: int) -> dict[str, Any]:
    storing.keep(file, digest, size)
    return {
        "width": facts.width,
        "height": facts.height,
        "seconds": facts.seconds,
        "content_type": facts.content_type,
    }


def _log(by: Account, action: str, subject: models.Model, now: datetime) -> None:
    record_staff_event(account=by, action=action, now=now, subject=subject, facility_id=workplace(by.pk))

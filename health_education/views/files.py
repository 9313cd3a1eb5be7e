"""Pictures, videos and recordings of articles, whole or in parts, out of the storage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from foundation import clock
from health_education.media import doors, ranges, storing
from health_education.media.showing import CAPTIONS, WHOLE
from health_education.models import Medium

YEAR = 365 * 24 * 3600
# A file that is opened by itself runs nothing and reaches nothing, whatever it may hold.
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True)
class Stored:
    """One stored file: its hash, type and size."""

    sha256: str
    content_type: str
    size: int


@login_not_required
@require_safe
def file(request: HttpRequest, key: UUID, rendition: str) -> HttpResponseBase:
    """A rendition of a picture (`960.webp`), a video or recording (`file`), or its captions (`captions.vtt`).

    Bytes never change under one address; only captions may, until a reviewer has approved them.
    """
    now = clock.now()
    medium = doors.medium_for(key, now)
    if rendition == CAPTIONS and medium.captions:
        return _captions(medium)
    stored = _stored(medium, rendition)
    answer = _answer(request, stored, int(medium.uploaded_at.timestamp()))
    answer.headers["Cache-Control"] = (
        f"public, max-age={YEAR}, immutable" if doors.is_open(medium) else "private, no-cache"
    )
    return _sealed_off(answer)


def _captions(medium: Medium) -> HttpResponse:
    answer = HttpResponse(medium.captions, content_type="text/vtt; charset=utf-8")
    answer.headers["Cache-Control"] = "public, no-cache" if doors.is_open(medium) else "private, no-cache"
    _sealed_off(answer)
    return answer


def _stored(medium: Medium, rendition: str) -> Stored:
    if rendition == WHOLE and medium.kind != Medium.Kind.IMAGE:
        return Stored(medium.sha256, medium.content_type, medium.size)
    for one in medium.renditions:
        if one["name"] == rendition:
            return Stored(one["sha256"], one["content_type"], one["size"])
    raise Http404


def _answer(request: HttpRequest, stored: Stored, changed: int) -> HttpResponseBase:
    """The file or the part of it that was asked for: 200, 206, 304 or 416."""
    tag = f'"{stored.sha256[:32]}"'
    headers = {
        "Content-Type": stored.content_type,
        "ETag": tag,
        "Last-Modified": http_date(changed),
        "Accept-Ranges": "bytes",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    if settings.MEDIA_ACCEL:  # the web server in front sends the file, and sees to ranges itself
        return HttpResponse(
            headers={**headers, "X-Accel-Redirect": settings.MEDIA_ACCEL + storing.name_of(stored.sha256)}
        )
    try:
        part = _part(request, stored, tag, changed)
    except ranges.Unsatisfiable:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{stored.size}"})
    if part is None:
        return _sent(request, stored, ranges.Part(0, stored.size - 1), headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.last}/{stored.size}"
    return _sent(request, stored, part, headers, status=206)


def _part(request: HttpRequest, stored: Stored, tag: str, changed: int) -> ranges.Part | None:
    """The range asked for, unless the asker holds another version (If-Range)."""
    condition = request.headers.get("If-Range", tag)
    if condition != tag and parse_http_date_safe(condition) != changed:
        return None
    return ranges.wanted(request.headers.get("Range", ""), stored.size)


def _sent(
    request: HttpRequest, stored: Stored, part: ranges.Part, headers: Mapping[str, Any], status: int = 200
) -> HttpResponseBase:
    length = {"Content-Length": str(part.length)}
    if request.method == "HEAD":
        return HttpResponse(status=status, headers={**headers, **length})
    try:
        opened = storing.opened(stored.sha256)
    except FileNotFoundError as error:
        raise Http404 from error
    return StreamingHttpResponse(ranges.pieces(opened, part), status=status, headers={**headers, **length})


def _sealed_off(answer: HttpResponseBase) -> HttpResponseBase:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = POLICY
    return answer

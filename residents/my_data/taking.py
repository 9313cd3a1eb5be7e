"""Everything held about a person as one file: JSON for machines, PDF for reading."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.dated import register, setting
from foundation.glyphs import printable
from foundation.press import press
from residents.access import Viewer, record_event
from residents.models import Resident
from residents.my_data.parts import PARTS, Part, plain, told

TOOK = "residents.exported_data"
TEMPLATE = Path(__file__).with_name("my_data.typ")
MOST_PRINTED = register("my_data.most_printed", 500, "“我的全部信息”PDF里每一类最多印多少条（JSON不限）")
BATCH = 500


def write_json(viewer: Viewer, to: IO[bytes], *, now: datetime) -> None:
    """Write every part, row by row, so that memory does not grow with the record; one line in the access log."""
    record_event(viewer=viewer, action=TOOK, now=now, purpose="JSON")
    for piece in _pieces(viewer, now):
        to.write(piece.encode())


def as_pdf(viewer: Viewer, *, now: datetime) -> bytes:
    """The same for reading: each part as a table, the newest rows of a long one; raises PrintingFailed."""
    record_event(viewer=viewer, action=TOOK, now=now, purpose="PDF")
    machine = press(TEMPLATE, Path(settings.PDF_FONT_DIR).resolve())
    most: int = setting(MOST_PRINTED, now)
    name = Resident.objects.only("name").get(pk=viewer.resident_id).name
    data = {
        "title": _("我的全部信息"),
        "name": name,
        "made": timezone.localtime(now).strftime("%Y-%m-%d %H:%M"),
        "more": _("这一类还有更多，请看同时提供的JSON文件。"),
        "nothing": _("没有这一类信息。"),
        "disclaimer": _(
            "由居民健康服务门户生成，含有个人健康信息，请妥善保管。仅供本人参考；如需盖章病历请到医院病案室。"
        ),
        "parts": [_table(part, viewer, most) for part in PARTS.values()],
    }
    return machine.print(_drawable(data, machine.covered), int(now.timestamp()))


def _pieces(viewer: Viewer, now: datetime) -> Iterator[str]:
    head = {"generated_at": now, "format": "resident-health-portal/my-data/1"}
    yield _json(head)[:-1] + ', "parts": ['
    for number, part in enumerate(PARTS.values()):
        yield (", " if number else "") + _json({"key": part.key, "title": str(part.title)})[:-1]
        yield ', "labels": ' + _json(dict(zip(part.fields, part.labels(), strict=True))) + ', "rows": ['
        for place, row in enumerate(part.rows(viewer).iterator(chunk_size=BATCH)):
            yield (",\n" if place else "\n") + _json(plain(part, row))
        yield "]}\n"
    yield "]}\n"


def _table(part: Part, viewer: Viewer, most: int) -> dict[str, Any]:
    rows = list(islice(part.rows(viewer)[: most + 1], most + 1))
    cells = [list(told(part, row)) for row in rows[:most]]
    return {"title": str(part.title), "labels": part.labels(), "rows": cells, "cut": len(rows) > most}


def _drawable(value: Any, covered: frozenset[int]) -> Any:
    """Each text as the fonts can draw it: a rare character becomes a visible mark instead of stopping the print."""
    if isinstance(value, str):
        return printable(value, covered).text
    if isinstance(value, list):
        return [_drawable(one, covered) for one in value]
    if isinstance(value, dict):
        return {key: _drawable(one, covered) for key, one in value.items()}
    return value


def _json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)

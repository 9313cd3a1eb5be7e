"""Files that a failed upload left in the storage: found and deleted, a bounded number a night."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.dated import register, setting
from foundation.rowsecurity import asked, database
from health_education.media import storing
from health_education.models import Medium

LEAST_HOURS = 24  # an upload that is still under way is younger
HOURS = register(
    "health_education.unused_file_hours", LEAST_HOURS, _("没有人用的宣教文件留多少小时后删除（不少于24小时）")
)
MOST = register("health_education.unused_files_a_night", 200, _("每晚最多删除多少个没有人用的宣教文件"))
HASH = re.compile(r"[0-9a-f]{64}")


def sweep(now: datetime) -> int:
    """Delete old files whose hash no medium names, an ended one's included; returns how many.

    Uploads wait while files are deleted, or the sweep gives way to them: a file that is uploaded anew at this moment is
    taken for its own by the row, and must stay. Where no medium exists at all nothing is deleted, as the database was
    restored empty or is another one.
    """
    named = _named()
    if not named:
        return 0
    before = now - timedelta(hours=max(int(setting(HOURS, now)), LEAST_HOURS))
    unused = (sha256 for sha256 in _stored() if sha256 not in named and _older(sha256, before))
    chosen = list(islice(unused, int(setting(MOST, now))))
    with transaction.atomic(using=database()):
        if not chosen or not asked("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [storing.LOCK]):
            return 0
        still_unused = set(chosen) - _named()
        for sha256 in still_unused:
            default_storage.delete(storing.name_of(sha256))
    return len(still_unused)


def _named() -> set[str]:
    """Every hash that a row names: of the file itself, of what was drawn of it."""
    rows = Medium.objects.values_list("sha256", "renditions").iterator()
    return {name for sha256, drawn in rows for name in (sha256, *(one["sha256"] for one in drawn))}


def _stored() -> Iterator[str]:
    """The hashes under which files lie in the storage; what else lies there is not ours to judge."""
    if not default_storage.exists(storing.FOLDER):
        return
    for folder in default_storage.listdir(storing.FOLDER)[0]:
        for name in default_storage.listdir(f"{storing.FOLDER}/{folder}")[1]:
            if HASH.fullmatch(name) and name.startswith(folder):
                yield name


def _older(sha256: str, before: datetime) -> bool:
    try:
        return default_storage.get_modified_time(storing.name_of(sha256)) < before
    except FileNotFoundError:
        return False

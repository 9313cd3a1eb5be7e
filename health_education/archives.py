"""A ZIP of texts, opened with care: few files, small ones, none that unfolds beyond reason or points elsewhere."""

import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_BYTES = 5_000_000  # of the archive
MOST_FILES = 300
MOST_OF_A_FILE = 200_000
MOST_UNFOLDED = 20_000_000
MOST_RATIO = 100  # Markdown packs to a third; what unfolds a hundredfold is an attack
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError)


def texts_in(file: BinaryIO, size: int) -> dict[str, bytes]:
    """The Markdown files of an archive by their names without folders; raises ValidationError with the reason."""
    if size > MOST_BYTES:
        raise ValidationError(_("ZIP 文件超过%(most)d MB，请分成几个。") % {"most": MOST_BYTES // 1_000_000})
    try:
        with zipfile.ZipFile(file) as archive:
            return _read(archive)
    except BROKEN as error:
        raise ValidationError(_("这个文件不是完整的 ZIP 文件，请重新打包。")) from error


def _read(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_dust(entry.filename)]
    if len(entries) > MOST_FILES:
        raise ValidationError(_("ZIP 里超过%(most)d个文件，请分成几个。") % {"most": MOST_FILES})
    for entry in entries:
        _refuse_tricks(entry)
    if sum(entry.file_size for entry in entries) > MOST_UNFOLDED:
        raise ValidationError(_("ZIP 解开后太大，没有打开。"))
    found: dict[str, bytes] = {}
    for entry in entries:
        name = PurePosixPath(entry.filename).name
        if name in found:
            raise ValidationError(_("两个文件夹里有同名的文件：%(name)s。") % {"name": name})
        found[name] = _content(archive, entry)
    if not found:
        raise ValidationError(_("ZIP 里没有 .md 文件。"))
    return found


def _is_dust(name: str) -> bool:
    """What computers put into archives by themselves."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1:] == (".DS_Store",) or parts[-1:] == ("Thumbs.db",)


def _refuse_tricks(entry: zipfile.ZipInfo) -> None:
    """Raise ValidationError for a path that leads out, a link, a password, a strange packing, another kind of file."""
    name, parts = entry.filename, PurePosixPath(entry.filename).parts
    if name.startswith("/") or "\\" in name or ":" in name or ".." in parts or "\x00" in name:
        raise ValidationError(_("ZIP 里有指向别处的文件名，没有打开。"))
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ValidationError(_("ZIP 里有快捷方式（链接），请只放文件本身。"))
    if entry.flag_bits & 0x1:
        raise ValidationError(_("ZIP 有密码，请去掉密码再上传。"))
    if not name.endswith(".md"):
        raise ValidationError(_("只能放 .md 文件：%(name)s。") % {"name": parts[-1][:60]})
    if entry.compress_type not in PLAIN or entry.file_size > max(entry.compress_size, 1) * MOST_RATIO:
        raise ValidationError(_("ZIP 解开后太大，没有打开。"))


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A file's bytes, read no further than allowed: what the archive says of its size may be a lie."""
    with archive.open(entry) as file:
        content = file.read(MOST_OF_A_FILE + 1)
    if len(content) > MOST_OF_A_FILE:
        raise ValidationError(_("文件太大：%(name)s。") % {"name": PurePosixPath(entry.filename).name[:60]})
    return content

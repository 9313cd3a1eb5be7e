"""The sample that staff look at while they edit a mapping: read in memory, kept by the page alone, sealed.

Nothing is stored: the page carries the sample from step to step, so that it works without script too. What it carries
opens only here, only for this account and this source.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from foundation import crypto
from records.exchange.tables import workbooks
from records.exchange.tables.grids import NoHeader, Table, read_table
from records.exchange.tables.plan import Plan
from records.exchange.translating import Untranslatable

# With what the page carries it must fit into one request (DATA_UPLOAD_MAX_MEMORY_SIZE).
LARGEST = 1024 * 1024


class NoSample(Exception):
    """What a page carried cannot be opened: altered, of another account, or from before a change of keys."""


@dataclass(frozen=True)
class Looked:
    """A sample as far as it can be read without a mapping: its table, its sheets, and what is wrong."""

    table: Table | None
    sheets: tuple[str, ...] = ()
    problem: str = ""


def carried(raw: bytes, source_id: UUID, account_id: UUID) -> str:
    """The sample as the page carries it."""
    sealed = crypto.seal(zlib.compress(raw), _place(source_id, account_id))
    return base64.b64encode(sealed).decode()


def opened(carried: str, source_id: UUID, account_id: UUID) -> bytes:
    """The sample that a page carried; raises NoSample."""
    try:
        sealed = base64.b64decode(carried, validate=True)
        unpacker = zlib.decompressobj()
        return unpacker.decompress(crypto.unseal(sealed, _place(source_id, account_id)), LARGEST)
    except (binascii.Error, zlib.error, crypto.CannotOpen, ValueError):
        raise NoSample from None


def _place(source_id: UUID, account_id: UUID) -> bytes:
    return f"columns.sample.{source_id}.{account_id}".encode()


def look(raw: bytes, charset: str, reading: Mapping[str, Any]) -> Looked:
    """The table by its sheet, header row and separator alone, without knowing what its columns are; never raises.

    Where no header is recognised the first row stands in for it, and `problem` asks for the right one.
    """
    plan = Plan(**{name: reading[name] for name in ("sheet", "header_row", "separator") if name in reading})
    names = _sheets(raw)
    try:
        return Looked(read_table(raw, charset, plan), names)
    except NoHeader:
        problem = "没有认出表头，先把第一行当作表头。请在“表头在第几行”里写明。"
        with suppress(Untranslatable):
            return Looked(read_table(raw, charset, replace(plan, header_row=_first_row(raw))), names, problem)
        return Looked(None, names, "没有认出表头。请写明表头在第几行，并核对分隔符。")
    except Untranslatable as why:
        return Looked(None, names, why.explanation)


def _sheets(raw: bytes) -> tuple[str, ...]:
    kind = workbooks.kind_of(raw)
    if not kind:
        return ()
    with suppress(Untranslatable):
        return tuple(name for name, _ in workbooks.sheets(raw, kind, ""))
    return ()


def _first_row(raw: bytes) -> int:
    """The first line with something on it; of a workbook the first row."""
    if workbooks.kind_of(raw):
        return 1
    return next((number for number, line in enumerate(raw.splitlines(), start=1) if line.strip()), 1)

"""How a run looks to the person who started it: a moving line on a terminal, a table at the end."""

from collections.abc import Sequence
from typing import TextIO

from records.exchange.models import Pull
from records.exchange.runs import Progress, Watch

COLUMNS = {
    "fetched": "收到",
    "new": "新增",
    "repeated": "重复",
    "skipped": "不需要",
    "held": "待处理",
    "failed": "失败",
}
BAR = 30


def watching(stream: TextIO, label: str) -> Watch:
    """A watcher that keeps one line of a terminal up to date; silent where the stream is no terminal."""
    if not stream.isatty():
        return lambda progress: None

    def show(progress: Progress) -> None:
        stream.write(f"\r\033[K{label} {bar(progress)}")
        stream.flush()

    return show


def bar(progress: Progress) -> str:
    """How far it has come: a bar where the total is known."""
    if not progress.total:
        return f"已收到 {progress.fetched} 条，已处理 {progress.applied} 条"
    done = min(progress.fetched / progress.total, 1)
    filled = round(BAR * done)
    return f"[{'#' * filled}{'.' * (BAR - filled)}] {done:4.0%}  {progress.fetched}/{progress.total}"


def clear(stream: TextIO) -> None:
    """Take the moving line away."""
    if stream.isatty():
        stream.write("\r\033[K")
        stream.flush()


def table(runs: Sequence[tuple[str, Pull]]) -> str:
    """The runs and their counts, one line each, and a total."""
    rows = [(name, *(str(getattr(run, column)) for column in COLUMNS)) for name, run in runs]
    total = tuple(str(sum(getattr(run, column) for _name, run in runs)) for column in COLUMNS)
    lines = [("", *COLUMNS.values()), *rows, *([("合计", *total)] if len(rows) > 1 else [])]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(COLUMNS) + 1)]
    return "\n".join(
        "  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))

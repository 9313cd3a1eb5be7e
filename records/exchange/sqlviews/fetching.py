"""What changed in a view since the cursor: page by page, each with every row of the reports it touches, kept whole.

A row that changed is one result; a report made of it alone would lose the others. So the changed rows only say which
reports changed, and these are read as a whole, in the same snapshot.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.exchange import documents
from records.exchange.models import Source, StoredFile
from records.exchange.problems import PullFailed
from records.exchange.runs import Run
from records.exchange.sqlviews import plan, statements
from records.exchange.sqlviews.marks import NUMBER, Mark, at_most, before, mark_of
from records.exchange.sqlviews.plan import View
from records.exchange.sqlviews.rows import Row, document, text
from records.exchange.sqlviews.sessions import Session, TooMuch
from records.exchange.sqlviews.statements import Asking, Group, Position
from records.exchange.tables.plan import folded
from records.exchange.values import Neighbours

MOST_ROWS_OF_PAGE = 20_000
TOO_LARGE = (
    "视图里一份报告的行太多（超过 {rows} 行或 {megabytes} MB）。请核对列对照里的“报告编号”列，它应能区分每一份报告。"
)
NOT_UNIQUE = "key 写的列不能区分每一行（有两行的水位和 key 都相同），翻页可能漏掉。请机构提供唯一的列。"
OUT_OF_REACH = "视图里有水位列或 key 列为空的行，这样的行永远拉取不到。请机构在视图里补上。"
LEFT_OUT = (
    "视图里有水位列或 key 列为空的行，门户取不到这些行以后的修改；其余的行已照常收取。"
    "请机构在视图里补上水位列和 key 列。"
)
UPDATED = "请在列对照里写明“修改时间”（updated_at），一般就是水位列；否则先后两次修改分不清哪一次是新的。"


@dataclass(frozen=True)
class Columns:
    """Where the columns of an answer are."""

    names: list[str]
    watermark: int
    key: tuple[int, ...]
    group: tuple[int, ...]


@dataclass(frozen=True)
class Start:
    """Where a run begins: after which row, the highest mark so far, and the time that the cursor may not pass.

    A walk that ran out of time is gone on with after its very last row, under the ceiling it began with.
    """

    position: Position
    newest: Mark | None
    ceiling: datetime


def fetch(run: Run, seconds: float | None) -> bool:
    """Keep what changed, page by page, to be translated in its turn; False where time ran out first.

    Raises PullFailed in plain words; what was kept before stays, and the cursor stands behind it.
    """
    limits = run.bench.limits
    view = plan.view_of(run.source.options, limits.page_size)
    target = plan.target_of(run.source)
    until = run.bench.now + timedelta(seconds=seconds) if seconds is not None else None
    with Session(target, limits) as session:
        return _Walk(run, view, session).through(until)


def goes_back(source: Source) -> bool:
    """Whether the next run begins a walk, the overlap before its cursor; one whose time ran out is gone on with."""
    return bool(source.cursor.get("mark")) and not source.cursor.get("key")


def found_columns(session: Session, view: View) -> Columns:
    """The view's own columns matched with the settings; raises PullFailed with those that are missing."""
    with session.snapshot():
        own, _rows = session.ask(*statements.header(session.quote, view.name), most=0)
    names = {folded(name): name for name in own}
    wanted = [view.watermark, *view.key, *view.columns.needed()]
    missing = [name for name in wanted if folded(name) not in names]
    if missing:
        raise PullFailed(f"视图里没有这些列：{'、'.join(missing[:10])}。请核对格式设置和列对照。")
    chosen = list(dict.fromkeys(names[folded(name)] for name in wanted))
    place = {folded(name): number for number, name in enumerate(chosen)}
    return Columns(
        chosen,
        place[folded(view.watermark)],
        tuple(place[folded(name)] for name in view.key),
        tuple(place[folded(name)] for name in view.columns.columns["report_number"]),
    )


class _Walk:
    """One run through a view."""

    def __init__(self, run: Run, view: View, session: Session) -> None:
        self._run = run
        self._view = view
        self._session = session
        self._columns = found_columns(session, view)
        columns = self._columns
        watermark, *key = (columns.names[place] for place in (columns.watermark, *columns.key))
        self._asking = Asking(session.quote, view.name, watermark, key, columns.names)

    def through(self, until: datetime | None) -> bool:
        """All pages, or as many as there is time for."""
        start = self._start()
        position, newest = start.position, start.newest
        for _ in range(self._run.bench.limits.max_pages):
            with self._session.snapshot():
                rows, more = self._changed(position)
                raw = self._document(rows) if rows else b""
            if raw:
                newest = self._newest(rows, newest)
                position = self._behind(rows[-1])
                documents.keep(raw, self._run.source, StoredFile.Layout.TABLE, self._name(position), self._run.clock())
            if not more:
                self._move(newest and at_most(newest, start.ceiling), (), start.ceiling)
                return True
            self._move(position.mark, position.key, start.ceiling, newest)
            if until is not None and self._run.clock() > until:
                return False
        return False

    def _start(self) -> Start:
        """From the cursor, as far as it belongs to this view."""
        with self._session.snapshot():
            ceiling = min(self._run.bench.now, self._session.clock())
        cursor = self._run.source.cursor
        if cursor.get("view") != self._view.identity or not cursor.get("mark"):
            if self._leaves_out(None):
                raise PullFailed(OUT_OF_REACH)
            return Start(Position(), None, ceiling)
        mark = Mark.read(cursor["mark"])
        if cursor.get("key"):
            self._remark(mark)
            begun = min(ceiling, datetime.fromisoformat(cursor["ceiling"]))
            return Start(Position(mark, tuple(json.loads(cursor["key"]))), Mark.read(cursor["newest"]), begun)
        back = before(mark, self._run.bench.limits.overlap, self._view.overlap_numbers)
        self._remark(back)
        return Start(Position(back), mark, ceiling)

    def _remark(self, since: Mark) -> None:
        """Say in a later run what is out of reach; one such row must not keep all others away."""
        if self._leaves_out(since):
            self._run.remark = LEFT_OUT

    def _leaves_out(self, since: Mark | None) -> bool:
        """Whether rows are out of the watermark's reach; two short questions, answered from the watermark's index."""
        with self._session.snapshot():
            questions = (self._asking.undated(), self._asking.without_key(since))
            return any(self._session.ask(*question, most=1)[1] for question in questions)

    def _changed(self, after: Position) -> tuple[list[Row], bool]:
        """A page of changed rows, and whether there are more; raises PullFailed for rows that cannot be told apart."""
        size = self._view.page_rows
        try:
            _names, rows = self._session.ask(*self._asking.changed(after, size + 1), most=size + 1)
        except TooMuch:
            raise PullFailed("视图一页的内容太大，没有接收。请减小每页行数（page_rows）。") from None
        if len(rows) > size and self._behind(rows[size]) == self._behind(rows[size - 1]):
            raise PullFailed(NOT_UNIQUE)
        return rows[:size], len(rows) > size

    def _document(self, changed: Sequence[Row]) -> bytes:
        """All rows of the reports that changed, and the changed rows that belong to none."""
        groups: dict[Group, None] = {}
        alone = []
        for row in changed:
            group = tuple(plain(row[place]) for place in self._columns.group)
            if "" in group:
                alone.append(row)
            else:
                groups[group] = None
        return document(self._columns.names, [*alone, *self._whole(list(groups))], self._view.columns.separator or ",")

    def _whole(self, groups: list[Group]) -> list[Row]:
        """Every row of these reports, asked for in two halves where that is too much at once."""
        if not groups:
            return []
        names = [self._columns.names[place] for place in self._columns.group]
        asked = self._asking.of_groups(names, groups, MOST_ROWS_OF_PAGE + 1)
        try:
            return self._session.ask(*asked, most=MOST_ROWS_OF_PAGE)[1]
        except TooMuch:
            if len(groups) == 1:
                megabytes = self._run.bench.limits.answer_bytes // (1024 * 1024)
                raise PullFailed(TOO_LARGE.format(rows=MOST_ROWS_OF_PAGE, megabytes=megabytes)) from None
        middle = len(groups) // 2
        return [*self._whole(groups[:middle]), *self._whole(groups[middle:])]

    def _behind(self, row: Row) -> Position:
        return Position(mark_of(row[self._columns.watermark]), tuple(plain(row[place]) for place in self._columns.key))

    def _newest(self, rows: Sequence[Row], newest: Mark | None) -> Mark:
        """The mark of the last row, where it is of the kind that came before."""
        mark = mark_of(rows[-1][self._columns.watermark])
        if mark.kind != NUMBER and "updated_at" not in self._view.columns.columns:
            raise PullFailed(UPDATED)
        for row in rows:
            if mark_of(row[self._columns.watermark]).kind != (newest or mark).kind:
                raise PullFailed("水位列的内容不是同一种写法，不能判断先后。请机构统一后再拉取。")
        return mark

    def _name(self, position: Position) -> str:
        """What staff see the document called."""
        return f"{self._view.name[-1]} {position.mark.value if position.mark else ''}"

    def _move(self, mark: Mark | None, key: Sequence[str | int], ceiling: datetime, newest: Mark | None = None) -> None:
        """Say on disk how far it went: everything before is kept."""
        if mark is None:
            return
        cursor = {
            "view": self._view.identity,
            "mark": mark.written(),
            "key": json.dumps(list(key)) if key else "",
            "newest": newest.written() if newest else "",
            "ceiling": ceiling.isoformat(),
        }
        self._run.receive([], Neighbours(), cursor=cursor)


def plain(cell: object) -> str | int:
    """A value that can be asked for again, and written into a cursor."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    return text(cell)

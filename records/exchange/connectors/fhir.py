"""FHIR REST: each kind of resource searched by `_lastUpdated`, following `next` links within the same server.

A server of R4 is read as it is; what one of STU3 or R5 answers is kept whole, and translated in its turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from records.exchange import times
from records.exchange.bundles import Bundle, Entry, read_bundle
from records.exchange.connectors import Asked, Document, Page
from records.exchange.connectors.capability import Capability, capability_of
from records.exchange.http import Answer, Asker
from records.exchange.limits import Limits
from records.exchange.problems import PullFailed
from records.exchange.reading import NotJson, Resource, parse
from records.exchange.references import remember
from records.exchange.values import Neighbours

SORT = "_lastUpdated"
STALE_PAGES = 3


@dataclass
class Walk:
    """What has been seen of one kind's pages."""

    kind: str
    newest: datetime | None = None
    sorted: bool = True
    pages: int = 0
    stale: int = 0
    addresses: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)


class FhirConnector:
    """Asks a FHIR server kind by kind, patients first."""

    def __init__(self, address: str, asker: Asker, limits: Limits) -> None:
        self._base = address.rstrip("/")
        self._asker = asker
        self._limits = limits

    def pages(self, since: Asked, now: datetime) -> Iterator[Page]:
        """All kinds the server has, but those that were read, each from its own time on; raises PullFailed."""
        can = self.capability()
        for kind in can.asked:
            if kind not in since.read:
                yield from self._walk(can, kind, since.start(kind), now)

    def capability(self) -> Capability:
        """What the server says of itself, asked once for each run; raises PullFailed for one nobody can read."""
        answer = self._asker.get(f"{self._base}/metadata")
        return capability_of({} if answer.status in (403, 404, 405) else _json(answer))

    def newest(self, kind: str, count: int) -> bytes:
        """The answer with what changed last, for a rehearsal: no cursor, no next page; raises PullFailed."""
        return self._searched(kind, {"_sort": f"-{SORT}", "_count": str(count)})

    def patients(self, numbers: Sequence[str]) -> bytes:
        """The answer with these patients; raises PullFailed."""
        return self._searched("Patient", {"_id": ",".join(numbers), "_count": str(len(numbers))})

    def private_patients(self, numbers: Sequence[str]) -> bytes:
        """The same of patients whose numbers may stand in no address; raises PullFailed."""
        asked = {"_id": ",".join(numbers), "_count": str(len(numbers))}
        answer = self._asker.search(f"{self._base}/Patient/_search", asked)
        _bundle(answer)
        return answer.body

    def _searched(self, kind: str, asked: dict[str, str]) -> bytes:
        answer = self._asker.get(f"{self._base}/{kind}?{urlencode(asked, safe=',')}")
        _bundle(answer)
        return answer.body

    def _walk(self, can: Capability, kind: str, since: datetime | None, now: datetime) -> Iterator[Page]:
        walk = Walk(kind)
        address = self._first(kind, since)
        while address:
            answer = self._asker.get(address)
            bundle = _bundle(answer)
            following = self._next(walk, address, bundle)
            page = self._page(walk, bundle, now, last=not following)
            yield _kept(page, answer.body, can, f"{kind} {walk.pages}") if can.layout else page
            address = following

    def _first(self, kind: str, since: datetime | None) -> str:
        """The first search: from that moment on, itself included."""
        asked = {"_sort": SORT, "_count": str(self._limits.page_size)}
        if since:
            asked = {SORT: f"ge{written(since)}"} | asked
        return f"{self._base}/{kind}?{urlencode(asked)}"

    def _next(self, walk: Walk, address: str, bundle: Bundle) -> str:
        """The next page's address, or nothing; raises PullFailed for a walk that would never end."""
        walk.addresses.add(address)
        walk.pages += 1
        link = bundle.link("next")
        following = _joined(address, link) if link else ""
        fresh = {hash(entry.raw) for entry in bundle.entries} - walk.seen
        walk.seen |= fresh
        walk.stale = 0 if fresh else walk.stale + 1
        endless = following in walk.addresses or walk.stale > STALE_PAGES or walk.pages >= self._limits.max_pages
        if following and endless:
            raise PullFailed(
                f"机构接口的 {walk.kind} 分页没有尽头（反复返回相同的内容，或超过 {self._limits.max_pages} 页）。"
                "请机构检查接口的分页（next 链接）。"
            )
        return following

    def _page(self, walk: Walk, bundle: Bundle, now: datetime, *, last: bool) -> Page:
        changed = [moment for entry in bundle.entries if (moment := _changed(entry, walk.kind))]
        in_order = changed == sorted(changed) and (not changed or not walk.newest or changed[0] >= walk.newest)
        walk.sorted = walk.sorted and in_order and _says_sorted(bundle)
        walk.newest = max([*changed, walk.newest] if walk.newest else changed, default=None)
        neighbours = Neighbours()
        for entry in bundle.entries:
            if isinstance(entry.resource, dict):
                remember(neighbours, entry.resource, entry.address)
        # A time ahead of ours would skip what comes until then.
        reached = {walk.kind: written(min(walk.newest, now))} if walk.newest else {}
        moved = reached if last or walk.sorted else {}
        return Page(bundle.entries, neighbours, moved, must_move=last, kind=walk.kind)


def _kept(page: Page, raw: bytes, can: Capability, name: str) -> Page:
    """The page as a document; a page of nothing is worth none."""
    document = Document(raw, can.layout, name) if page.entries and can.layout else None
    return replace(page, entries=[], neighbours=Neighbours(), document=document)


def written(moment: datetime) -> str:
    """An instant in UTC to the millisecond, as FHIR has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _changed(entry: Entry, kind: str) -> datetime | None:
    resource = entry.resource
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        return None
    meta = resource.get("meta")
    given = meta.get("lastUpdated") if isinstance(meta, dict) else None
    try:
        return times.instant(given).at if isinstance(given, str) else None
    except (ValueError, OverflowError):
        return None


def _says_sorted(bundle: Bundle) -> bool:
    """Whether the server says that it sorted: the self link repeats what it took into account (FHIR R4, 3.1.1)."""
    try:
        return SORT in parse_qs(urlsplit(bundle.link("self")).query).get("_sort", [])
    except ValueError:
        return False


def _joined(address: str, link: str) -> str:
    """Where a link leads; raises PullFailed for what is no address."""
    try:
        return urljoin(address, link)
    except ValueError:
        raise PullFailed("机构接口给出的下一页地址（next 链接）不是地址，没有跟随。请机构检查接口的分页。") from None


def _bundle(answer: Answer) -> Bundle:
    _check(answer)
    try:
        return read_bundle(answer.body)
    except NotJson:
        raise _nonsense(answer) from None


def _json(answer: Answer) -> Resource:
    _check(answer)
    try:
        value = parse(answer.body)
    except NotJson:
        raise _nonsense(answer) from None
    if not isinstance(value, dict):
        raise _nonsense(answer)
    return value


def _nonsense(answer: Answer) -> PullFailed:
    if "html" in answer.content_type.lower():
        return PullFailed(
            "机构接口返回的是网页，不是 FHIR 数据（可能是登录页或维护通知）。请机构检查接口地址和访问权限。"
        )
    return PullFailed(
        "机构接口返回的内容不完整，或不是 FHIR R4 的 Bundle。稍后会自动重试；若一直这样，请机构检查接口。"
    )


def _check(answer: Answer) -> None:
    status = answer.status
    if status == 200:
        return
    if status in (401, 403):
        raise PullFailed(f"机构接口拒绝了访问（{status}）。请检查访问令牌是否正确、是否过期。")
    if 300 <= status < 400:
        raise PullFailed(f"机构接口要求转到别的地址（{status}），没有跟随。请把数据来源的接口地址改为最终地址。")
    if status == 429:
        raise PullFailed("机构接口要求降低访问频率（429）。请调大拉取间隔。")
    if status >= 500:
        raise PullFailed(f"机构的系统出错（{status}）。稍后会自动重试；若一直这样，请联系机构信息科。")
    raise PullFailed(f"机构接口不接受这个请求（{status}）。请核对接口地址，以及接口是否支持按 _lastUpdated 查询。")

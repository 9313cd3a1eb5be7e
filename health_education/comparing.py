"""The wordings of an article that can be laid side by side: each version, and each text that was handed in."""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from health_education.differences import Row, rows
from health_education.models import Article, Revision, Submitted
from health_education.presenters import WORDS
from health_education.requirements import NEEDED

Wording = Revision | Submitted


@dataclass(frozen=True)
class Part:
    """A field of a wording: its name, and what changed in it."""

    label: str
    rows: list[Row]

    @property
    def changed(self) -> bool:
        return any(row.kind != "same" for row in self.rows)


def wordings(article: Article) -> dict[UUID, tuple[str, Wording]]:
    """Every kept wording of an article by its key, with what it is called, the newest first. Two queries."""
    found: dict[UUID, tuple[str, Wording]] = {}
    for revision in article.revisions.order_by("-number").prefetch_related("submitted"):
        words = {"number": revision.number, "state": revision.get_state_display()}
        found[revision.pk] = (_("第%(number)d版（%(state)s）") % words, revision)
        for one in revision.submitted.all():
            if not same(one, revision):
                time = timezone.localtime(one.submitted_at).strftime("%Y-%m-%d %H:%M")
                found[one.pk] = (_("第%(number)d版，%(time)s提交时") % {**words, "time": time}, one)
    return found


def same(one: Wording, other: Wording) -> bool:
    """Whether two wordings say the same."""
    return all(getattr(one, name) == getattr(other, name) for name in WORDS)


def usual_before(known: dict[UUID, tuple[str, Wording]], after: Revision) -> UUID | None:
    """What a reader of `after` most likely wants to see beside it: the next older wording."""
    keys = list(known)
    older = keys[keys.index(after.pk) + 1 :]
    return older[0] if older else None


def compare(before: Wording, after: Wording) -> list[Part]:
    """What changed, field by field; the text always, the others only where they changed."""
    parts = [Part(str(NEEDED[name]), rows(getattr(before, name), getattr(after, name))) for name in WORDS]
    return [part for name, part in zip(WORDS, parts, strict=True) if part.changed or name == "body"]

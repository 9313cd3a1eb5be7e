"""The media of a wording as pages show them: pictures inside the text, videos and recordings as players."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString

from health_education.markdown import Drawing, Picture, render
from health_education.media.mentions import SCHEME, named_in
from health_education.models import Medium, Revision

CAPTIONS = "captions.vtt"
WHOLE = "file"


@dataclass(frozen=True)
class Player:
    """A video or a recording, ready for `health_education/media.html`."""

    key: UUID
    kind: str
    title: str
    address: str
    content_type: str
    width: int | None
    height: int | None
    poster: str
    captions: str
    transcript: tuple[str, ...]
    length: str


@dataclass(frozen=True)
class Shown:
    """What a wording shows besides words: pictures inside it, players beside it (their names: `elsewhere`)."""

    pictures: tuple[Picture, ...] = ()
    players: tuple[Player, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def body(self, text: str) -> SafeString:
        """A text with its pictures in it, as HTML."""
        return render(text, self.pictures, self.elsewhere)

    @property
    def recordings(self) -> list[Player]:
        """What there is to listen to: a person's voice, to be offered before the browser's."""
        return [player for player in self.players if player.kind == Medium.Kind.AUDIO]


def shown_in(revision: Revision) -> Shown:
    """The media that a wording names and its article has; one query, and none where it names nothing."""
    named = named_in(revision.body) if SCHEME in revision.body else []
    if not named:
        return Shown()
    media = list(Medium.objects.current().filter(article=revision.article_id))
    known: dict[int | UUID, Medium] = {one.number: one for one in media} | {one.pk: one for one in media}
    chosen = list({known[name].pk: known[name] for name in named if name in known}.values())
    played = [one for one in chosen if one.kind != Medium.Kind.IMAGE]
    posters = {one.pk: one for one in media if one.kind == Medium.Kind.IMAGE}
    return Shown(
        pictures=tuple(picture(one) for one in chosen if one.kind == Medium.Kind.IMAGE),
        players=tuple(_player(one, posters) for one in played),
        elsewhere=tuple(str(name) for one in played for name in (one.number, one.pk)),
    )


def picture(medium: Medium) -> Picture:
    """A picture as Markdown draws it."""
    drawings = tuple(
        Drawing(address(medium, one["name"]), one["content_type"], one["width"]) for one in medium.renditions
    )
    return Picture(medium.number, str(medium.pk), medium.alt, medium.width or 0, medium.height or 0, drawings)


def address(medium: Medium, rendition: str) -> str:
    """Where a rendition is fetched."""
    return reverse("health_education:file", args=[medium.pk, rendition])


def widest(medium: Medium) -> str:
    """The address of a picture's widest JPEG."""
    drawn = [one for one in medium.renditions if one["content_type"] == "image/jpeg"]
    return address(medium, max(drawn, key=_width)["name"])


def smallest(medium: Medium) -> str:
    """The address of a picture's smallest JPEG."""
    drawn = [one for one in medium.renditions if one["content_type"] == "image/jpeg"]
    return address(medium, min(drawn, key=_width)["name"])


def _width(rendition: dict[str, int]) -> int:
    return rendition["width"]


def _player(medium: Medium, posters: dict[UUID, Medium]) -> Player:
    poster = posters.get(medium.poster_id) if medium.poster_id else None
    return Player(
        key=medium.pk,
        kind=medium.kind,
        title=medium.title,
        address=address(medium, WHOLE),
        content_type=medium.content_type,
        width=medium.width,
        height=medium.height,
        poster=widest(poster) if poster else "",
        captions=address(medium, CAPTIONS) if medium.captions else "",
        transcript=tuple(_lines(medium.transcript.splitlines())),
        length=length_of(medium.seconds),
    )


def _lines(lines: Iterable[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def length_of(seconds: int | None) -> str:
    """Minutes and seconds, as players write them; empty when unknown."""
    return f"{seconds // 60}:{seconds % 60:02d}" if seconds else ""

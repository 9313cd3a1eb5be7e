"""What a wording still lacks of pictures, videos and recordings before anyone can check it."""

from uuid import UUID

from django.utils.translation import gettext as _

from health_education.media.mentions import named_in
from health_education.models import Kind, Medium, Revision
from health_education.requirements import register

# A text of this kind is nothing without a file of that kind.
ASKED = {Kind.VIDEO: Medium.Kind.VIDEO, Kind.AUDIO: Medium.Kind.AUDIO, Kind.ILLUSTRATED: Medium.Kind.IMAGE}


def register_all() -> None:
    """Ask of every wording that what it names is there and complete."""
    register(Kind.values, lacking)


def lacking(revision: Revision) -> list[str]:
    """What is missing, in the editor's words: a file the kind asks for, files that are named and not there, and the
    captions and transcripts without which who cannot hear or see is left out."""
    named, asked = named_in(revision.body), ASKED.get(Kind(revision.article.kind))
    if not named and asked is None:
        return []
    media = list(Medium.objects.current().filter(article=revision.article_id))
    known: dict[int | UUID, Medium] = {one.number: one for one in media} | {one.pk: one for one in media}
    missing = [_("正文里的“medium:%(name)s”没有对应的文件") % {"name": name} for name in named if name not in known]
    chosen = list({known[name].pk: known[name] for name in named if name in known}.values())
    if asked is not None and not any(one.kind == asked for one in chosen):
        missing.append(_("正文里要放至少一个%(kind)s（先上传，再把编号写进正文）") % {"kind": asked.label})
    return [*missing, *(lack for one in chosen for lack in _words(one))]


def _words(medium: Medium) -> list[str]:
    missing = []
    if medium.kind == Medium.Kind.VIDEO and not medium.captions.strip():
        missing.append(_("第%(number)s号视频的字幕") % {"number": medium.number})
    if medium.kind != Medium.Kind.IMAGE and not medium.transcript.strip():
        missing.append(_("第%(number)s号文件的文字稿") % {"number": medium.number})
    return missing

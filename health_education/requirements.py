"""What a wording must have before it can be handed in or published, by the kind of text."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from health_education.models import Kind, Revision

# Answers what a wording still lacks, in the editor's words; empty when nothing.
Question = Callable[[Revision], list[str]]

NEEDED = {
    "title": gettext_lazy("标题"),
    "summary": gettext_lazy("一句话摘要"),
    "body": gettext_lazy("正文"),
    "source": gettext_lazy("依据来源"),
    "author_name": gettext_lazy("作者"),
}
WITH_FILES = (Kind.VIDEO, Kind.AUDIO)
_questions: dict[str, list[Question]] = {}


def register(kinds: Iterable[str], question: Question) -> None:
    """Ask `question` of each wording of these kinds, from now on; asked again of one kind it is asked once."""
    for kind in kinds:
        asked = _questions.setdefault(str(kind), [])
        if question not in asked:
            asked.append(question)


def missing_for_review(revision: Revision) -> list[str]:
    """What a wording still lacks before anyone can check or review it, in the editor's words."""
    missing = [str(label) for name, label in NEEDED.items() if not getattr(revision, name).strip()]
    if not revision.article.audience:
        missing.append(_("适用人群"))
    questions = _questions.get(revision.article.kind, [])
    if revision.article.kind in WITH_FILES and not questions:
        missing += [_("视频或音频文件"), _("文字稿")]  # without a place for files there is none
    return [*missing, *(lack for question in questions for lack in question(revision))]


def missing_for_publishing(revision: Revision) -> list[str]:
    """What still lacks before residents may read it: the same, and a reviewer's approval."""
    missing = missing_for_review(revision)
    return missing if revision.reviewer_name else [*missing, _("审核人（专业审核通过后自动填写）")]


def _codes_of_a_card(revision: Revision) -> list[str]:
    explained = revision.article.explains.current().exists()
    return [] if explained else [_("说明的项目（至少一个编码）")]


register([Kind.EXPLANATION], _codes_of_a_card)

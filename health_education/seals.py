"""What a checker or reviewer had before them, so that a verdict is about that and about nothing else."""

import hashlib
import json

from health_education.media.mentions import SCHEME
from health_education.models import Kind, Medium, Revision

WORDS = ("title", "summary", "body", "source", "author_name")
OF_A_MEDIUM = ("number", "kind", "sha256", "title", "alt", "captions", "transcript", "poster_id")


def seal(revision: Revision) -> str:
    """A digest of a wording, its speciality, the codes it explains, and the words of its article's files."""
    article = revision.article
    said = [getattr(revision, name) for name in WORDS]
    codes = [str(one) for one in article.explains.filter(ended_at__isnull=True)] if _is_card(revision) else []
    files = Medium.objects.current().filter(article=article.pk) if SCHEME in revision.body else Medium.objects.none()
    media = list(files.order_by("number").values_list(*OF_A_MEDIUM))
    parts = json.dumps([said, article.kind, article.speciality, codes, media], default=str)
    return hashlib.sha256(parts.encode()).hexdigest()


def _is_card(revision: Revision) -> bool:
    return revision.article.kind == Kind.EXPLANATION

"""What a checker or reviewer had before them, so that a verdict is about that and about nothing else."""

import hashlib
import json

from health_education import frames
from health_education.media.mentions import SCHEME
from health_education.models import Medium, Revision

WORDS = ("title", "summary", "body", "source", "author_name")
OF_A_MEDIUM = ("number", "kind", "sha256", "title", "alt", "captions", "transcript", "poster_id")


def seal(revision: Revision) -> str:
    """A digest of a wording, what it is and shall be for, its codes, and the words of its article's files."""
    article = revision.article
    asked = frames.open_change(article)
    said = [getattr(revision, name) for name in WORDS]
    codes = list(article.explains.current().values_list("system", "code", "confirmed_at"))
    files = Medium.objects.current().filter(article=article.pk) if SCHEME in revision.body else Medium.objects.none()
    media = list(files.order_by("number").values_list(*OF_A_MEDIUM))
    parts = json.dumps([said, frames.frame(article), asked and frames.frame(asked), codes, media], default=str)
    return hashlib.sha256(parts.encode()).hexdigest()

"""What to read, and who vouches for it."""

from health_education.models.articles import RESERVED, Article, Explains, Language, Topic
from health_education.models.reviews import Review
from health_education.models.revisions import Revision
from health_education.models.vocabulary import LITERACY_ITEMS, Audience, Kind, Speciality, Tag

__all__ = [
    "LITERACY_ITEMS",
    "RESERVED",
    "Article",
    "Audience",
    "Explains",
    "Kind",
    "Language",
    "Review",
    "Revision",
    "Speciality",
    "Tag",
    "Topic",
]

"""What to read, and who vouches for it."""

from health_education.models.activities import Activity, SignUp
from health_education.models.articles import RESERVED, Article, Explains, Language, Topic
from health_education.models.duty import DutyEntry
from health_education.models.finding import FailedSearch, ReadingPreference, SynonymGroup, ThemeDay
from health_education.models.frames import FrameChange
from health_education.models.media import Medium
from health_education.models.reading import Bookmark, Feedback
from health_education.models.reviews import Review
from health_education.models.revisions import Revision
from health_education.models.vocabulary import LITERACY_ITEMS, Audience, Kind, Speciality, Tag
from health_education.models.workflow import BannedClaim, Remark, ReviewerSpeciality, Submitted

__all__ = [
    "LITERACY_ITEMS",
    "RESERVED",
    "Activity",
    "Article",
    "Audience",
    "BannedClaim",
    "Bookmark",
    "DutyEntry",
    "Explains",
    "FailedSearch",
    "Feedback",
    "FrameChange",
    "Kind",
    "Language",
    "Medium",
    "ReadingPreference",
    "Remark",
    "Review",
    "ReviewerSpeciality",
    "Revision",
    "SignUp",
    "Speciality",
    "SynonymGroup",
    "Submitted",
    "Tag",
    "ThemeDay",
    "Topic",
]

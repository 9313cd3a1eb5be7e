"""The editors' and reviewers' desk. Importing it registers every page."""

from health_education.admin import activities, articles, feedback, finding, media, revisions, specialities

__all__ = ["activities", "articles", "feedback", "finding", "media", "revisions", "specialities"]

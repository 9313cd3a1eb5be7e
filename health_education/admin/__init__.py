"""The editors' and reviewers' desk. Importing it registers every page."""

from health_education.admin import activities, articles, revisions, specialities

__all__ = ["activities", "articles", "revisions", "specialities"]

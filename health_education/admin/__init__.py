"""The editors' and reviewers' desk. Importing it registers every page."""

from health_education.admin import activities, articles, finding, revisions, specialities

__all__ = ["activities", "articles", "finding", "revisions", "specialities"]

"""The editors' and reviewers' desk. Importing it registers every page."""

from health_education.admin import articles, revisions, specialities

__all__ = ["articles", "revisions", "specialities"]

"""The editors' and reviewers' desk. Importing it registers every page."""

from health_education.admin import articles, revisions

__all__ = ["articles", "revisions"]

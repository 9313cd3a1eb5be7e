"""The root conftest: the database fixtures of `portal.testdb` take the place of pytest-django's."""

from portal.testdb import django_db_setup, owner

__all__ = ["django_db_setup", "owner"]

"""Counting what is tried, for limits: in Redis, or by one statement in the database that stands in for it.

Django's own counting in the database reads, computes and writes in eight statements, and counts two at once as one.
"""

from datetime import timedelta

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router

from foundation import clock

# Padded, for all values of that table are read as base64. It is unlogged, so that nobody waits for a disk; what is over
# is thrown out with the rest of the cache.
ONE_MORE = """
INSERT INTO django_cache AS kept (cache_key, value, expires) VALUES (%s, lpad('1', 8, '0'), %s)
ON CONFLICT (cache_key) DO UPDATE SET value = lpad((kept.value::integer + 1)::text, 8, '0')
RETURNING value::integer
"""


def one_more(key: str, seconds: int) -> int:
    """How often `key` was counted, this time included; forgotten after `seconds`. The key must tell of nobody."""
    store = caches["default"]
    if isinstance(store, DatabaseCache):
        return _in_database(store, f"counted:{key}", seconds)
    store.add(key, 0, seconds)
    try:
        return int(store.incr(key))
    except ValueError:
        return 1  # forgotten in between


def _in_database(store: DatabaseCache, key: str, seconds: int) -> int:
    alias = router.db_for_write(store.cache_model_class)
    with connections[alias].cursor() as cursor:
        cursor.execute(ONE_MORE, [key, clock.now() + timedelta(seconds=seconds)])
        return int(cursor.fetchone()[0])

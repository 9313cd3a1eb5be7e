"""With REDIS_URL the cache is a real Redis, and the settings say so."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import django; django.setup()
from django.conf import settings
from django.core.cache import cache
cache.set("k", "v", 30)
from django.core.cache import caches
print(type(caches["default"]).__name__, cache.get("k"))
print(settings.CELERY_BROKER_URL == settings.REDIS_URL)
"""


@pytest.mark.redis
def test_the_cache_and_the_broker_are_redis(redis_address: str) -> None:
    environment = {**os.environ, "REDIS_URL": redis_address}
    output = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert output.stdout.split() == ["RedisCache", "v", "True"], output.stderr

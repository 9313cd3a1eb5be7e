"""What the tests of `/fhir/` share."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from foundation.models import DatedSetting
from tests.factories import NOON, made


@pytest.fixture
def limit(db: None) -> Callable[[str, Any], None]:
    """Set a dated setting: `limit("programs.reads_per_minute", 2)`."""

    def put(key: str, value: Any) -> None:
        made(DatedSetting(key=key, value=value, valid_from=NOON - timedelta(days=1)))

    return put

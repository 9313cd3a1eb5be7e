"""The portal's one clock. Views, tasks and commands ask it once and hand `now` on; rules take it as an argument."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The current instant, aware, in UTC. The database's counterpart is `app.clock()`."""
    return timezone.now()

"""The daily task of the family pages; running it again tells nobody twice."""

from celery import shared_task

from foundation import clock
from residents.family import growing_up


@shared_task
def keep_up_with_time() -> None:
    """Birthdays, ends and photographs."""
    now = clock.now()
    growing_up.tell_of_birthdays(now)
    growing_up.tell_of_ends(now)
    growing_up.clear_photos(now)

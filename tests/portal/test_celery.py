"""A wake-up from any thread of the web process goes to the portal's own broker."""

from concurrent.futures import ThreadPoolExecutor

from celery import current_app
from django.conf import settings

from portal.celery import app
from residents.tasks import send_due


def test_a_task_belongs_to_the_portals_queue_in_every_thread() -> None:
    with ThreadPoolExecutor(1) as other:
        brokers = {current_app.conf.broker_url, other.submit(lambda: send_due.app.conf.broker_url).result()}
    assert brokers == {settings.CELERY_BROKER_URL}


def test_every_task_of_the_timetable_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)

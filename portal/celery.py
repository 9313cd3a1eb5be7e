"""The Celery application. Rows in PostgreSQL are the truth; a message only wakes a worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["residents"], related_name="chain_tasks")
app.autodiscover_tasks(["residents.family"])

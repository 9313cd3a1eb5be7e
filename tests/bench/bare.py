"""The bare Django view beside which a booking is measured: two statements in a transaction, and nothing else."""

import os
import random

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

if not settings.configured:
    place = conninfo_to_dict(os.environ["BARE_DATABASE"])
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="bare",
        MIDDLEWARE=[],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place["dbname"],
                "USER": place["user"],
                "PASSWORD": place.get("password", ""),
                "HOST": place["host"],
                "CONN_MAX_AGE": None,
                "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
            }
        },
    )

from django.core.wsgi import get_wsgi_application  # noqa: E402  the settings come first
from django.db import connection, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

SLOTS = 1000
TABLES = f"""
CREATE TABLE bench_slot (id integer PRIMARY KEY, taken integer NOT NULL, capacity integer CHECK (taken <= capacity));
CREATE TABLE bench_booking (id bigserial PRIMARY KEY, slot integer REFERENCES bench_slot, at timestamptz DEFAULT now());
INSERT INTO bench_slot SELECT n, 0, 1000000 FROM generate_series(1, {SLOTS}) AS n;
"""
TAKE = "UPDATE bench_slot SET taken = taken + 1 WHERE id = %s AND taken < capacity"
WRITE = "INSERT INTO bench_booking (slot) VALUES (%s)"


def book(request: HttpRequest) -> HttpResponse:
    """Take a place in some slot and write it down."""
    slot = random.randint(1, SLOTS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE, [slot])
        cursor.execute(WRITE, [slot])
    return HttpResponse("booked", headers={"Content-Length": "6"})


urlpatterns = [path("", book)]
application = get_wsgi_application()

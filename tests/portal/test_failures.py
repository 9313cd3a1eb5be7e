"""When something breaks: a Chinese page with a reference, nothing of the inside, and nothing half-done."""

import logging
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import path

from portal import urls, views
from residents.models import AccessEvent


def breaks(request: Any) -> None:
    AccessEvent.objects.create(at="2026-11-22T00:00:00Z", actor_name="x", action="tests.broken")
    raise ValueError("640199195702130125")


urlpatterns = [*urls.urlpatterns, path("breaks/", breaks)]
breaks.login_required = False
handler500 = urls.handler500


@pytest.fixture
def broken(db: None) -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


def test_the_page_is_chinese_and_carries_a_reference(broken: Client) -> None:
    response = broken.get("/breaks/")
    page = response.content.decode()
    assert response.status_code == 500 and "系统出了问题" in page
    assert response.wsgi_request.reference in page


def test_nothing_of_the_inside_is_shown(broken: Client) -> None:
    page = broken.get("/breaks/").content.decode()
    assert "ValueError" not in page and "640199195702130125" not in page and "Traceback" not in page


def test_what_the_view_wrote_is_rolled_back(broken: Client, owner: Any) -> None:
    broken.get("/breaks/")
    with owner():
        assert not AccessEvent.objects.filter(action="tests.broken").exists()


def test_the_log_line_carries_the_same_reference(broken: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "django.request"):
        response = broken.get("/breaks/")
    record = next(record for record in caplog.records if record.name == "django.request")
    assert record.request.reference == response.wsgi_request.reference


def test_a_missing_page_is_chinese(db: None) -> None:
    response = Client().get("/no-such-page/")
    assert response.status_code == 404 and 'lang="zh-hans"' in response.content.decode()


def test_alive_says_ok_and_nothing_else(db: None) -> None:
    assert Client().get("/healthz").content == b"ok"


def test_private_answers_are_not_stored(db: None) -> None:
    assert Client().get("/").headers["Cache-Control"] == "no-store"


def test_the_policy_forbids_everything_not_named(db: None) -> None:
    policy = Client().get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_failed_needs_no_database() -> None:
    request = type("Request", (), {"path": "/", "reference": "AB12", "display_mode": "standard"})()
    assert b"AB12" in views.failed(request).content

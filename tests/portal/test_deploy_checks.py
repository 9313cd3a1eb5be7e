"""Settings that only the county can know: asked for in plain words, before anybody is locked out by them."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks

from foundation.certificates import opened, self_signed, vouched_for
from portal.checks import production_like

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def signing(settings: object) -> None:
    """A certificate as a licensed authority hands one out."""
    settings.SIGNING_KEY = opened(vouched_for(), "")


def said(settings: object, https: bool, count: int, none: bool) -> list[str]:
    settings.HTTPS, settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.NO_PROXY = https, count, none
    return [
        found.id for found in run_checks(tags=[Tags.security], include_deployment_checks=True) if "portal" in found.id
    ]


def test_https_without_a_word_about_proxies_is_warned_of(settings: object) -> None:
    assert said(settings, https=True, count=0, none=False) == ["portal.W001"]


@pytest.mark.parametrize(
    ("https", "count", "none"), [(True, 1, False), (True, 0, True), (False, 0, False)], ids=["one", "none", "no HTTPS"]
)
def test_who_said_how_many_is_left_in_peace(settings: object, https: bool, count: int, none: bool) -> None:
    assert said(settings, https, count, none) == []


def deployed(typed: str) -> subprocess.CompletedProcess[str]:
    """What `check --deploy` says to a county that set this."""
    environment = {**production_like(), "DEMO": "false", "TRUSTED_PROXY_COUNT": typed}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # of the browser tests
    command = [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(("typed", "sentence"), [("0", "portal.W001"), ("two", "应写反向代理的层数")])
def test_the_command_says_it(typed: str, sentence: str) -> None:
    done = deployed(typed)
    assert done.returncode and sentence in done.stdout + done.stderr


def test_the_command_is_content_with_a_word() -> None:
    assert deployed("none").returncode == 0


def test_a_county_that_signs_with_a_certificate_of_its_own_making_is_told(settings: object) -> None:
    settings.SIGNING_KEY = opened(self_signed(), "")
    assert said(settings, https=True, count=1, none=False) == ["portal.W002"]


@pytest.mark.parametrize(("days", "told"), [(3640, ["portal.W003"]), (3700, ["portal.W003"]), (0, [])])
def test_a_certificate_about_to_end_is_warned_of(
    settings: object, monkeypatch: pytest.MonkeyPatch, days: int, told: list[str]
) -> None:
    now = datetime.now(UTC) + timedelta(days=days)
    monkeypatch.setattr("foundation.clock.now", lambda: now)
    assert said(settings, https=True, count=1, none=False) == told

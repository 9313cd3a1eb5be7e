"""What templates say the same at every page is worked out once, and says what Django's own tags say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.template import Context, Engine, engines
from django.test import override_settings
from django.urls import path, reverse, set_script_prefix
from django.utils import translation

from foundation import steady

MOMENT = datetime(2026, 2, 3, 20, 5, 59, 7, tzinfo=UTC)  # the fourth in Shanghai
VALUES = [MOMENT, MOMENT.replace(tzinfo=None), date(987, 1, 2), None, "", "2026-02-03", 7]
FORMS = [*steady.MOMENTS, "Y年n月j日", "l"]
urlpatterns = [path("elsewhere/", lambda request: None, name="home")]


def said(text: str, **values: Any) -> str:
    return engines["django"].from_string(text).render(values)


def by_django(text: str, **values: Any) -> str:
    return Engine().from_string(text).render(Context(values))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_time_is_written_as_django_writes_it(value: Any, form: str) -> None:
    text = '{{ value|date:"' + form + '" }}'
    if type(value) is date and "H" in form:
        with pytest.raises(TypeError):
            said(text, value=value)
        return
    assert said(text, value=value) == by_django(text, value=value)


def test_an_include_of_literals_speaks_the_language_of_the_page() -> None:
    template = engines["django"].from_string('{% include "records/_ways.html" with way="items" only %}')
    once = template.render({})
    with translation.override("en"):
        english = template.render({})
    assert "按项目看" in once and "按项目看" not in english
    assert template.render({}) == once


def test_an_include_with_a_variable_is_made_anew() -> None:
    template = engines["django"].from_string('{% include "components/badge.html" with text=word only %}')
    assert ["一" in template.render({"word": "一"}), "二" in template.render({"word": "二"})] == [True, True]


def test_an_address_follows_the_prefix_and_the_addresses_in_force() -> None:
    template = engines["django"].from_string("{% url 'home' %}")
    assert template.render({}) == reverse("home")
    try:
        set_script_prefix("/below/")
        assert template.render({}) == "/below/"
    finally:
        set_script_prefix("/")
    with override_settings(ROOT_URLCONF=__name__):
        assert template.render({}) == "/elsewhere/"
    assert template.render({}) == reverse("home")

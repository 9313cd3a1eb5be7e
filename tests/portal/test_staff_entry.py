"""Who gets into the staff site, and what is not there for anybody."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from facilities.models import Membership
from facilities.permissions import ALLOWED
from foundation.rowsecurity import acting_as
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter

PAGES = ["staff:index", "staff:gallery", "staff:access_log", "admin:foundation_datedsetting_changelist"]


@pytest.mark.parametrize("page", PAGES)
def test_whoever_is_signed_out_is_sent_to_the_staffs_sign_in(page: str, people: People) -> None:
    response = Client().get(reverse(page))
    assert response.headers["Location"] == f"{reverse('staff_login')}?next={reverse(page)}"


@pytest.mark.parametrize("page", PAGES)
def test_a_resident_finds_no_staff_site(page: str, people: People, signed_in: Enter) -> None:
    assert signed_in(people.helanfang_account).get(reverse(page)).status_code == 404


def test_an_unknown_address_is_missing_for_staff_too(people: People, signed_in: Enter) -> None:
    assert signed_in(people.editor).get("/staff/nothing/").status_code == 404


def test_staff_without_a_role_are_told_so(people: People, signed_in: Enter) -> None:
    client = signed_in(people.editor)
    with acting_as("owner"):
        Membership.objects.filter(account=people.editor).update(ended_at=NOON)
    assert client.get(reverse("staff:index")).status_code == 403


def test_staff_with_a_role_come_in(people: People, signed_in: Enter) -> None:
    assert signed_in(people.zhangqiantai).get(reverse("staff:index")).status_code == 200


def test_a_disabled_colleague_is_out_at_once(people: People, signed_in: Enter) -> None:
    client = signed_in(people.zhangqiantai)
    with acting_as("owner"):
        type(people.zhangqiantai).objects.filter(pk=people.zhangqiantai.pk).update(is_active=False)
    assert client.get(reverse("staff:index")).status_code == 302


def test_the_gallery_is_open_to_any_colleague(people: People, signed_in: Enter) -> None:
    assert "组件一览" in signed_in(people.licunyi).get(reverse("staff:gallery")).content.decode()


def test_only_models_in_the_table_of_deeds_have_pages() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} <= set(ALLOWED)


@pytest.mark.parametrize(
    "name", ["logout", "login", "password_change", "view_on_site", "foundation_datedsetting_delete"]
)
def test_deletion_and_djangos_own_sign_in_have_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{name}", args=["x"] if name.endswith("delete") else [])


def test_no_registered_page_may_delete(people: People, signed_in: Enter, rf: object) -> None:
    assert [page for page in admin.site._registry.values() if page.has_delete_permission(None)] == []


def test_the_history_of_a_row_has_no_page(people: People, signed_in: Enter) -> None:
    topic = factories.article().article.topic
    assert signed_in(people.editor).get(f"/staff/health_education/topic/{topic.pk}/history/").status_code == 404


def test_a_missing_row_is_a_plain_404(people: People, signed_in: Enter) -> None:
    address = reverse("admin:health_education_topic_change", args=[people.bureau.pk])
    assert signed_in(people.editor).get(address).status_code == 404


def test_the_way_out_is_a_form(people: People, signed_in: Enter) -> None:
    page = signed_in(people.editor).get(reverse("staff:index")).content.decode()
    assert f'<form method="post" action="{reverse("account_logout")}">' in page


def test_the_title_names_the_county(people: People, signed_in: Enter) -> None:
    page = signed_in(people.editor).get(reverse("staff:index")).content.decode()
    assert "清河口县居民健康服务门户 · 工作台</title>" in page


def test_the_list_of_a_rooms_models_is_not_hidden_by_a_page_of_the_same_address(
    people: People, signed_in: Enter
) -> None:
    response = signed_in(people.administrator).get(reverse("admin:app_list", args=["residents"]))
    assert response.status_code == 200
    assert reverse("admin:residents_consenttext_changelist") in response.content.decode()

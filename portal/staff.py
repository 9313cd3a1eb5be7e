"""The staff site: Django's admin for people with a role, each change and each look at a person written down.

This module is read while Django loads its apps, so models are imported where they are used.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, re_path, reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

STAFF_LOGIN = reverse_lazy("staff_login")

# Signing in and out and passwords are allauth's; object pages of the portal are never reached from here.
DROPPED = {"login", "logout", "password_change", "password_change_done", "view_on_site"}

StaffView = Callable[..., HttpResponseBase]


def to_sign_in(wanted: str) -> HttpResponseRedirect:
    """To the staff's sign-in page, and from there to `wanted`."""
    from django.contrib.auth.views import redirect_to_login

    return redirect_to_login(wanted, str(STAFF_LOGIN))


def sent_to_staff_login(view: Callable[..., Any]) -> None:
    """Mark a view for LoginRequiredMiddleware, which would send to Django's or the residents' sign-in page."""
    vars(view)["login_url"] = STAFF_LOGIN


def to_detour(request: HttpRequest) -> HttpResponseRedirect | None:
    """To a new password or the second factor, where one of them is due before any page of the staff site."""
    from residents.gate import detour

    if not getattr(request.user, "is_staff", False):
        return None
    elsewhere = detour(request, request.get_full_path())
    return HttpResponseRedirect(elsewhere) if elsewhere else None


def _under_rooms(entry: Any) -> Any:
    """The list of a room's models, moved aside: Django's address for that of `residents` is a page of the portal's."""
    if getattr(entry, "name", None) != "app_list":
        return entry
    return re_path(f"^rooms/{entry.pattern.regex.pattern.removeprefix('^')}", entry.callback, name="app_list")


class StaffConfig(AdminConfig):
    """Takes the place of "django.contrib.admin" in the settings."""

    default_site = "portal.staff.StaffSite"


class StaffSite(AdminSite):
    site_header = format_lazy("{}{}", settings.COUNTY_NAME, _("居民健康服务门户 · 工作台"))
    site_title = site_header
    index_title = _("工作台")
    index_template = "portal/staff_index.html"
    site_url = None
    empty_value_display = "—"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: type[ModelAdmin] | None = None, **options: Any) -> None:
        """Register rooms' models, each page of theirs logged; a model with no line in the table of deeds has no page.

        That leaves out the admin pages that packages bring along: groups, e-mail addresses.
        """
        from facilities.permissions import ALLOWED
        from portal.staff_log import logged

        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        for model in models:
            if model._meta.label_lower in ALLOWED:
                super().register(model, logged(admin_class or ModelAdmin), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """An active staff account with at least one live role."""
        account = request.user
        return bool(account.is_active and getattr(account, "is_staff", False) and account.roles())

    def refuse(self, request: HttpRequest) -> None:
        """Turn away an account that may not enter: residents find no page, staff without a role learn why."""
        if not getattr(request.user, "is_staff", False):
            raise Http404
        raise PermissionDenied

    def admin_view(self, view: StaffView, cacheable: bool = False) -> StaffView:  # type: ignore[override]  # one type of view
        """`view` for staff only: signed-out visitors are sent to the staff's sign-in page, everyone else is refused."""
        alone = getattr(view, "own_transaction", False)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_anonymous:
                return to_sign_in(request.get_full_path())
            if elsewhere := to_detour(request):
                return elsewhere
            # Roles are rows, too: outside a transaction the database does not know whose session asks.
            with transaction.atomic() if alone else nullcontext():
                allowed = self.has_permission(request)
            if not allowed:
                self.refuse(request)
            return view(request, *args, **kwargs)

        guarded = csrf_protect(inner if cacheable else never_cache(inner))
        return update_wrapper(guarded, view)

    def page(self, view: StaffView) -> StaffView:
        """`view` as a page of the staff site; what LoginRequiredMiddleware needs is set on it."""
        guarded = self.admin_view(view)
        sent_to_staff_login(guarded)
        return guarded

    def get_urls(self) -> list[Any]:
        urls = [_under_rooms(one) for one in super().get_urls() if getattr(one, "name", None) not in DROPPED]
        for entry in urls:
            if isinstance(entry, URLPattern):
                sent_to_staff_login(entry.callback)
        return urls

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What this account can do, in plain words, with what waits."""
        from foundation import clock
        from portal.desk import desk_for
        from residents.enrolment import kept_at_bureau

        kept = kept_at_bureau() if request.user.has_perm("residents.view_account") else []
        context = {"groups": desk_for(self, request, clock.now()), "kept": kept}
        return super().index(request, {**context, **(extra_context or {})})

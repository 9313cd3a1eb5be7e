"""Pages of the staff site that are our own; mounted at /staff/ before Django's admin."""

from typing import cast

from django.contrib import admin
from django.urls import path

from portal.access_log import access_log
from portal.gallery import gallery
from portal.staff import StaffSite

app_name = "staff"

site = cast(StaffSite, admin.site)  # the default site of portal.staff.StaffConfig, behind a lazy object

urlpatterns = [
    path("", site.page(site.index), name="index"),
    path("gallery/", site.page(gallery), name="gallery"),
    path("access-log/", site.page(access_log), name="access_log"),
]

"""Pages of the staff site that are our own; mounted at /staff/ before Django's admin."""

from typing import cast

from django.contrib import admin
from django.urls import path

from portal.access_log import access_log
from portal.gallery import gallery
from portal.message_figures import figures
from portal.people import assist, residents
from portal.staff import StaffSite
from residents.family import review

app_name = "staff"

site = cast(StaffSite, admin.site)  # the default site of portal.staff.StaffConfig, behind a lazy object

urlpatterns = [
    path("", site.page(site.index), name="index"),
    path("gallery/", site.page(gallery), name="gallery"),
    path("access-log/", site.page(access_log), name="access_log"),
    path("messages/", site.page(figures), name="messages"),
    # Residents and helping them.
    path("residents/", site.page(residents.residents), name="residents"),
    path("residents/<uuid:resident_id>/open/", site.page(residents.open_resident), name="open_resident"),
    path("emergency/", site.page(residents.emergency), name="emergency"),
    path("assist/", site.page(assist.assist), name="assist"),
    path("assist/now/", site.page(assist.assisting), name="assisting"),
    path("assist/slip/", site.page(assist.slip), name="slip"),
    path("guardianships/", site.page(review.queue), name="guardianships"),
    path("guardianships/<uuid:guardianship_id>/", site.page(review.review), name="guardianship"),
    path(
        "guardianships/<uuid:guardianship_id>/photos/<int:position>/",
        site.page(review.photo),
        name="guardianship_photo",
    ),
]

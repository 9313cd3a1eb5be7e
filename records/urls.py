from django.urls import path

from records import history_views, image_views, sources, taken_back, trend_views, views
from records.conditions import views as condition_views
from records.disputes import views as dispute_views
from records.growth import views as growth_views
from records.lists import views as list_views
from records.programmes import views as programme_views
from records.search import views as search_views
from records.sharing import public_views as reader_views
from records.sharing import views as share_views
from records.vaccination import views as vaccination_views

app_name = "records"

urlpatterns = [
    path("", views.home, name="home"),
    path("conditions/<slug:slug>/", condition_views.condition, name="condition"),
    path("section/followups/", programme_views.follow_ups, name="follow_ups"),
    path("section/followups/<uuid:row_id>/", programme_views.follow_up, name="follow_up"),
    path("section/examinations/<uuid:row_id>/", programme_views.check_up, name="check_up"),
    path("section/documents/<uuid:row_id>/", programme_views.document, name="document"),
    path("growth/", growth_views.growth, name="growth"),
    path("vaccinations/", vaccination_views.vaccinations, name="vaccinations"),
    path("section/<slug:slug>/", list_views.section, name="section"),
    path("section/<slug:slug>/<uuid:row_id>/", list_views.thing, name="thing"),
    path("search/", search_views.search, name="search"),
    path("reports/", list_views.reports, name="reports"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/pdf/", views.report_pdf, name="report_pdf"),
    path("reports/<uuid:report_id>/earlier/", history_views.report_earlier, name="report_earlier"),
    path("reports/<uuid:report_id>/original/<int:number>/", history_views.report_original, name="report_original"),
    path("reports/<uuid:report_id>/images/", image_views.images, name="images"),
    path("reports/<uuid:report_id>/images/<uuid:study_id>/viewer/", image_views.image_viewer, name="image_viewer"),
    path("reports/<uuid:report_id>/images/<str:name>/", image_views.image, name="image"),
    path("items/", list_views.items, name="items"),
    path("items/<uuid:item_id>/", trend_views.trend, name="trend"),
    path("taken-back/", taken_back.taken_back, name="taken_back"),
    path("disputes/", dispute_views.disputes, name="disputes"),
    path("disputes/<uuid:dispute_id>/object/", dispute_views.object_to_answer, name="object_to_answer"),
    path("dispute/<slug:kind>/<uuid:entry_id>/", dispute_views.dispute, name="dispute"),
    path("shares/", share_views.mine, name="shares"),
    path("shares/new/", share_views.new, name="share_new"),
    path("shares/<uuid:share_id>/revoke/", share_views.revoke, name="share_revoke"),
    path("shared/", reader_views.shared, name="shared"),
    path("shared/open/", reader_views.shared_open, name="shared_open"),
    path("shared/open/<uuid:report_id>/pdf/", reader_views.shared_pdf, name="shared_pdf"),
    path("shared/open/<uuid:report_id>/original/<int:number>/", reader_views.shared_original, name="shared_original"),
    path("shared/leave/", reader_views.shared_leave, name="shared_leave"),
    path("shared/<str:link>/", reader_views.shared_link, name="shared_link"),
    path("sources/", sources.sources, name="sources"),
    path("verify/", views.verify_form, name="verify_form"),
    path("verify/<str:code>/", views.verify, name="verify"),
]

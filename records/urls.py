from django.urls import path

from records import (
    awaiting_views,
    history_views,
    image_views,
    sources,
    special_views,
    taken_back,
    trend_views,
    verify_views,
    views,
)
from records.booklet import link_views as once_views
from records.booklet import views as booklet_views
from records.conditions import views as condition_views
from records.disputes import views as dispute_views
from records.growth import views as growth_views
from records.links import public_views as link_readers
from records.links import views as link_views
from records.lists import views as list_views
from records.own import report_views as own_report_views
from records.own import views as own_views
from records.programmes import views as programme_views
from records.search import views as search_views
from records.services import views as service_views
from records.sharing import public_views as reader_views
from records.sharing import views as share_views
from records.take import views as take_views
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
    path("reports/awaited/<uuid:waiting_id>/", awaiting_views.see_now, name="see_awaited"),
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
    path("special/", special_views.listed, name="special"),
    path("special/<slug:kind>/<uuid:entry_id>/", special_views.entry, name="special_entry"),
    path("services/", service_views.services, name="services"),
    path("services/<uuid:question_id>/", service_views.answer, name="answer_service"),
    path("disputes/", dispute_views.disputes, name="disputes"),
    path("disputes/<uuid:dispute_id>/object/", dispute_views.object_to_answer, name="object_to_answer"),
    path("dispute/<slug:kind>/<uuid:entry_id>/", dispute_views.dispute, name="dispute"),
    path("own/", own_views.overview, name="own"),
    path("own/new/<slug:kind>/", own_views.new, name="own_new"),
    path("own/all/<slug:kind>/", own_views.entries, name="own_entries"),
    path("own/all/<slug:kind>/csv/", own_views.export, name="own_export"),
    path("own/photos/", own_report_views.own_reports, name="own_photos"),
    path("own/photos/new/", own_report_views.new, name="own_photo_new"),
    path("own/photos/<uuid:report_id>/", own_report_views.own_report, name="own_photo"),
    path("own/photos/<uuid:report_id>/<int:number>/", own_report_views.page, name="own_page"),
    path("own/photos/<uuid:report_id>/strike/", own_report_views.strike, name="own_photo_strike"),
    path("own/<uuid:entry_id>/", own_views.entry, name="own_entry"),
    path("own/<uuid:entry_id>/correct/", own_views.correct, name="own_correct"),
    path("own/<uuid:entry_id>/strike/", own_views.strike, name="own_strike"),
    path("shares/", share_views.mine, name="shares"),
    path("shares/new/", share_views.new, name="share_new"),
    path("shares/<uuid:share_id>/revoke/", share_views.revoke, name="share_revoke"),
    path("shared/", reader_views.shared, name="shared"),
    path("shared/open/", reader_views.shared_open, name="shared_open"),
    path("shared/open/<uuid:report_id>/pdf/", reader_views.shared_pdf, name="shared_pdf"),
    path("shared/open/<uuid:report_id>/original/<int:number>/", reader_views.shared_original, name="shared_original"),
    path("shared/leave/", reader_views.shared_leave, name="shared_leave"),
    path("shared/<str:link>/", reader_views.shared_link, name="shared_link"),
    path("take/", take_views.take, name="take"),
    path("take/summary.json", take_views.summary_file, name="take_summary"),
    path("take/record.json", take_views.record_file, name="take_record"),
    path("health-links/", link_views.mine, name="health_links"),
    path("health-links/new/", link_views.new, name="health_link_new"),
    path("health-links/<uuid:share_id>/revoke/", link_views.revoke, name="health_link_revoke"),
    path("shl/", link_readers.viewer, name="health_link_viewer"),
    path("shl/<str:address>/", link_readers.manifest, name="health_link"),
    path("shl/file/<str:token>/", link_readers.file, name="health_link_file"),
    path("reports/<uuid:report_id>/pages/", booklet_views.report_pages, name="report_pages"),
    path("take/booklet/", booklet_views.booklet, name="booklet"),
    path("take/booklet/<uuid:parcel_id>/", booklet_views.booklet_state, name="booklet_state"),
    path("take/booklet/<uuid:parcel_id>/pdf/", booklet_views.booklet_pdf, name="booklet_pdf"),
    path("take/file/<uuid:parcel_id>/pages/", booklet_views.taken_pages, name="taken_pages"),
    path("take/file/<uuid:parcel_id>/pages/<int:number>/", booklet_views.taken_page, name="taken_page"),
    path("take/file/<uuid:parcel_id>/link/", once_views.taken_link, name="taken_link"),
    path("taken/<str:token>/", once_views.taken_once, name="taken_once"),
    path("sources/", sources.sources, name="sources"),
    path("verify/", verify_views.verify_form, name="verify_form"),
    path("verify/file/", verify_views.verify_file, name="verify_file"),
    path("verify/<str:code>/", verify_views.verify, name="verify"),
]

from django.urls import path

from records import history_views, image_views, sources, taken_back, trend_views, views
from records.conditions import views as condition_views
from records.lists import views as list_views
from records.search import views as search_views

app_name = "records"

urlpatterns = [
    path("", views.home, name="home"),
    path("conditions/<slug:slug>/", condition_views.condition, name="condition"),
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
    path("sources/", sources.sources, name="sources"),
    path("verify/", views.verify_form, name="verify_form"),
    path("verify/<str:code>/", views.verify, name="verify"),
]

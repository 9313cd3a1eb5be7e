"""Addresses of this room below /api/."""

from django.urls import path

from records.api import search_views, share_views, views

urlpatterns = [
    path("records/summary/", views.SummaryView.as_view(), name="summary"),
    path("records/search/", search_views.SearchView.as_view(), name="search"),
    path("records/<slug:kind>/", views.SectionView.as_view(), name="section"),
    path("records/<slug:kind>/<uuid:row_id>/", views.ThingView.as_view(), name="thing"),
    path("reports/", views.ReportsView.as_view(), name="reports"),
    path("reports/<uuid:report_id>/", views.ReportView.as_view(), name="report"),
    path("items/", views.ItemsView.as_view(), name="items"),
    path("items/<uuid:item_id>/trend/", views.TrendView.as_view(), name="trend"),
    path("shares/", share_views.SharesView.as_view(), name="shares"),
    path("shares/<uuid:share_id>/revoke/", share_views.RevokeView.as_view(), name="share_revoke"),
    path("copies/check/", share_views.CheckCopyView.as_view(), name="check_copy"),
]

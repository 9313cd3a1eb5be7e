"""Addresses of this room below /api/."""

from django.urls import path

from health_education.api import views

urlpatterns = [
    path("articles/", views.ArticlesView.as_view(), name="articles"),
    path("articles/search/", views.SearchView.as_view(), name="articles_search"),
    path("articles/<slug:slug>/", views.ArticleView.as_view(), name="article"),
]

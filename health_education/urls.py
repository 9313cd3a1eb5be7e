"""Addresses of health education, under /education/."""

from django.urls import path

from health_education.views import articles

app_name = "health_education"

urlpatterns = [
    path("", articles.articles, name="articles"),
    path("preview/<uuid:key>/", articles.preview, name="preview"),
    path("<slug:slug>/", articles.article, name="article"),
]

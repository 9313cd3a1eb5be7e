"""Addresses of health education, under /education/."""

from django.urls import path

from health_education import views

app_name = "health_education"

urlpatterns = [
    path("", views.articles, name="articles"),
    path("preview/<uuid:key>/", views.preview, name="preview"),
    path("<slug:slug>/", views.article, name="article"),
]

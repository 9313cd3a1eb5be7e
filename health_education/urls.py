"""Addresses of health education, under /education/."""

from django.urls import path

from health_education.views import activities, articles, files, finding, preview, reading, saving

app_name = "health_education"

urlpatterns = [
    path("", articles.articles, name="articles"),
    path("activities/", activities.activities, name="activities"),
    path("activities/mine/", activities.my_activities, name="my_activities"),
    path("activities/here/", activities.here, name="here"),
    path("activities/here/<slug:code>/", activities.here_code, name="here_code"),
    path("activities/<uuid:activity_id>/", activities.activity, name="activity"),
    path("activities/<uuid:activity_id>/calendar.ics", activities.calendar_file, name="activity_calendar"),
    path("activities/<uuid:activity_id>/join/", activities.join, name="join_activity"),
    path("activities/<uuid:activity_id>/leave/", activities.leave, name="leave_activity"),
    path("activities/<uuid:activity_id>/slip/", activities.slip, name="slip"),
    path("cards/", finding.cards, name="cards"),
    path("files/<uuid:key>/<str:rendition>", files.file, name="file"),
    path("for-you/", finding.for_you, name="for_you"),
    path("theme-days/", finding.theme_days, name="theme_days"),
    path("preview/<uuid:key>/", preview.preview, name="preview"),
    path("cards/<slug:slug>.png", reading.poster, name="poster"),
    path("feedback/", reading.my_feedback, name="my_feedback"),
    path("feedback/<slug:slug>/", reading.feedback, name="feedback"),
    path("feedback/<slug:slug>/thanks/", reading.feedback_thanks, name="feedback_thanks"),
    path("saved/", saving.saved, name="saved"),
    path("saved/on-this-device.html", saving.on_this_device, name="on_this_device"),
    path("saved/<slug:slug>/", saving.save, name="save"),
    path("<slug:slug>/", reading.article, name="article"),
]

"""PLACEHOLDER until the outbox page's owner replaces this file."""
app_name = "demo"
urlpatterns: list = []

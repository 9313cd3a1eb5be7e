from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "门户"

    def ready(self) -> None:
        # For every thread of the web server too: else its wake-ups go to a broker that nobody listens to.
        from portal import deploy_checks as deploy_checks
        from portal.celery import app

        app.set_default()

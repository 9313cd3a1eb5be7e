#!/usr/bin/env python
"""The portal's command line. Each command connects with the database login that its work needs."""

import os
import sys

AS_WORKER = {"pull", "import_fhir", "listen_mllp", "replay", "verify_access_log"}
AS_WEB = {"runserver"}


def main() -> None:
    """Choose the login, make sure the embedded server is up where it is used, and hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    login = "worker" if command in AS_WORKER else "web" if command in AS_WEB else "owner"
    os.environ.setdefault("PORTAL_LOGIN", login)
    from portal import embedded

    embedded.prepare_environment()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

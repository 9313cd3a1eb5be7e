from django.db import migrations

from foundation.operations import Guard, anyone, own_account, role, staff


class Migration(migrations.Migration):
    dependencies = [("facilities", "0002_initial"), ("residents", "0003_guards")]

    operations = [
        Guard(
            "facilities_facility",
            select=[anyone()],
            insert=[role("administrator")],
            update=[role("administrator")],
            worker="SELECT",
        ),
        Guard(
            "facilities_department",
            select=[anyone()],
            insert=[staff("administrator", "manager")],
            update=[staff("administrator", "manager")],
            worker="SELECT",
        ),
        Guard(
            "facilities_practitioner",
            select=[anyone()],
            insert=[staff("administrator", "manager")],
            update=[staff("administrator", "manager")],
            worker="SELECT",
        ),
        Guard(
            "facilities_membership",
            select=[own_account(), staff("administrator", "manager", "auditor")],
            insert=[staff("administrator")],
            update=[staff("administrator")],
            worker="SELECT",
        ),
    ]

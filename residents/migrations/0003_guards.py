from django.db import migrations

from foundation.operations import SIGNIN, WEB, WORKER, Guard, anyone, own, own_account, role, staff

WRITES = "SELECT, INSERT, UPDATE, DELETE"
ROLES = (
    "administrator",
    "manager",
    "reception",
    "clinician",
    "village_doctor",
    "editor",
    "reviewer",
    "engineer",
    "auditor",
)

CONTENT_TYPES = f"GRANT SELECT ON public.django_content_type TO {WEB}, {SIGNIN}, {WORKER}"
NO_CONTENT_TYPES = f"REVOKE SELECT ON public.django_content_type FROM {WEB}, {SIGNIN}, {WORKER}"


# Nobody signs with another's account, and a resident writes only about persons they may act for.
ABOUT = " OR ".join(
    [
        "resident_id IS NULL",
        *(own(category) for category in ("identity", "booking", "records", "results")),
        role(*ROLES),
    ]
)
EVENT = f"{own_account('actor_id')} AND ({ABOUT})"


class Migration(migrations.Migration):
    dependencies = [
        ("residents", "0002_who_may_see"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        # Behind the sign-in connection: the web login has no right at all.
        Guard("residents_account", worker="", signin=WRITES),
        Guard("residents_accountsession", worker="", signin=WRITES),
        Guard("residents_verification", worker="", signin=WRITES),
        Guard("account_emailaddress", worker="", signin=WRITES),
        Guard("account_emailconfirmation", worker="", signin=WRITES),
        # Persons.
        Guard("residents_resident", select=[own("identity", "id")]),
        Guard("residents_identifier", select=[own("identity")]),
        Guard("residents_delegation", select=[own("identity"), own("identity", "delegate_id")], worker="SELECT"),
        Guard(
            "residents_caregrant",
            select=[own("identity"), staff("manager", "clinician", "village_doctor", "reception")],
            insert=[own("booking")],
            worker="SELECT, INSERT, UPDATE",
        ),
        Guard("residents_opening", select=[own("identity")], worker="SELECT"),
        # The access log: written by everyone who reads, read by the person it speaks of and by auditors.
        Guard(
            "residents_accessevent",
            select=[own("identity"), staff("auditor"), own_account("actor_id")],
            insert=[EVENT],
            worker="SELECT, INSERT",
            signin="INSERT",
        ),
        # Messages.
        Guard(
            "residents_notice",
            select=[own("identity")],
            insert=[own("booking")],
            update=[own("identity")],
            update_columns=["read_at"],
        ),
        Guard("residents_delivery", insert=["status = 'waiting'"], signin="INSERT"),
        # Settings that everyone may read and administrators add to.
        Guard(
            "foundation_datedsetting",
            select=[anyone()],
            insert=[role("administrator")],
            worker="SELECT",
            signin="SELECT",
        ),
        migrations.RunSQL(CONTENT_TYPES, NO_CONTENT_TYPES),
    ]

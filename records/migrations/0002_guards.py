from django.db import migrations

from foundation.operations import Guard, own

RECORDS = ["encounter", "condition", "medication", "allergy", "immunization", "procedure"]
# A report is a result too: either category of a delegation opens the two result tables.
RESULTS = [own("results"), own("records")]


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial"), ("residents", "0003_guards"), ("exchange", "0002_guards")]

    operations = [
        *[Guard(f"records_{name}", select=[own("records")]) for name in RECORDS],
        Guard("records_report", select=RESULTS, update=RESULTS, update_columns=["first_seen_at"]),
        Guard("records_observation", select=RESULTS),
        Guard("records_issuedcopy", select=RESULTS, insert=RESULTS, worker="SELECT"),
    ]

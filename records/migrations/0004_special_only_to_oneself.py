from django.db import migrations

from foundation.operations import WEB

TABLES = ("encounter", "condition", "medication", "allergy", "immunization", "procedure", "report", "observation")
# The most sensitive rows (GB/T 39725, level 5) are the person's own: no delegate, helper or staff session reads them.
POLICY = """CREATE POLICY special_only_to_oneself ON public.records_{name} AS RESTRICTIVE FOR SELECT TO {web}
  USING (sensitivity < 5 OR resident_id = (SELECT app.own_resident()))"""


class Migration(migrations.Migration):
    dependencies = [("records", "0003_public_answers"), ("residents", "0005_whom_you_act_for")]

    operations = [
        migrations.RunSQL(
            POLICY.format(name=name, web=WEB), f"DROP POLICY special_only_to_oneself ON public.records_{name}"
        )
        for name in TABLES
    ]

from django.db import migrations

from foundation.operations import WEB

# Helping opens a person's name and what was lent. What the person asked, complained of or chose is not part of that;
# a guardian who still signs for the child (`app.may_consent_for`) stands in the child's place.
LENT_THE_RECORD = "resident_id <> ALL ((SELECT app.kept_from_helper('records'))::uuid[])"
SIGNS = """(resident_id <> ALL ((SELECT app.kept_from_helper(''))::uuid[])
  OR resident_id = ANY ((SELECT app.may_consent_for())::uuid[]))"""
BUSINESS = {
    "residents_correction": LENT_THE_RECORD,
    "residents_accesscase": LENT_THE_RECORD,
    "residents_messagechoice": SIGNS,
    "residents_presencecode": SIGNS,
}


class Migration(migrations.Migration):
    """What a helper neither reads nor changes."""

    dependencies = [("residents", "0015_my_data")]

    operations = [
        migrations.RunSQL(
            f"CREATE POLICY not_a_helpers_business ON public.{table} AS RESTRICTIVE TO {WEB}"
            f" USING ({rule}) WITH CHECK ({rule})",
            f"DROP POLICY not_a_helpers_business ON public.{table}",
        )
        for table, rule in BUSINESS.items()
    ]

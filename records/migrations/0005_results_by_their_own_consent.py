from django.db import migrations

from foundation.operations import own

# Results and the rest of the record are agreed to and delegated one by one; body measurements are of the record.
BOTH = f"{own('results')} OR {own('records')}"
RESULTS = own("results")
MEASURED = f"{RESULTS} OR ({own('records')} AND category = 'vital_signs')"


def policies(reports: str, observations: str) -> str:
    return f"""
ALTER POLICY web_select ON public.records_report USING ({reports});
ALTER POLICY web_update ON public.records_report USING ({reports}) WITH CHECK ({reports});
ALTER POLICY web_select ON public.records_observation USING ({observations});
ALTER POLICY web_select ON public.records_issuedcopy USING ({reports});
ALTER POLICY web_insert ON public.records_issuedcopy WITH CHECK ({reports});
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0004_special_only_to_oneself")]

    operations = [migrations.RunSQL(policies(RESULTS, MEASURED), policies(BOTH, BOTH))]

from django.db import migrations

from foundation.operations import SIGNIN

# What Django brings along, closed like every other table; what it reads in each process stays readable.
CLOSED = ["auth_group", "auth_group_permissions", "auth_permission", "django_admin_log"]
READ = ["django_content_type", "django_migrations"]

GUARDS = [f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY" for table in [*CLOSED, *READ, "django_cache"]]
GUARDS += [f"CREATE POLICY read_by_all ON public.{table} FOR SELECT USING (true)" for table in READ]
GUARDS += [f"CREATE POLICY signin_all ON public.django_cache TO {SIGNIN} USING (true) WITH CHECK (true)"]

UNDO = [f"ALTER TABLE public.{table} DISABLE ROW LEVEL SECURITY" for table in [*CLOSED, *READ, "django_cache"]]
UNDO += [f"DROP POLICY read_by_all ON public.{table}" for table in READ]
UNDO += ["DROP POLICY signin_all ON public.django_cache"]


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0002_app_schema"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [migrations.RunSQL(GUARDS, UNDO)]

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

import foundation.fields
import foundation.keys
from foundation.operations import Guard

WRITES = "SELECT, INSERT, UPDATE, DELETE"

# The secret of a second factor goes with it, however it goes: by its owner, or with the account.
SECRETS = """
CREATE FUNCTION app.forget_factor_secret() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM public.residents_factorsecret WHERE id::text IN (old.data ->> 'secret', old.data ->> 'seed');
  RETURN old;
END $$;
CREATE TRIGGER secret_goes_with_the_factor AFTER DELETE ON public.mfa_authenticator
  FOR EACH ROW EXECUTE FUNCTION app.forget_factor_secret();
"""
NO_SECRETS = """
DROP TRIGGER secret_goes_with_the_factor ON public.mfa_authenticator;
DROP FUNCTION app.forget_factor_secret();
"""


def date_sessions(apps, schema_editor):
    """Sessions from before this migration: signed in when they were created."""
    sessions = apps.get_model("residents", "AccountSession").objects.using(schema_editor.connection.alias)
    signed_in = sessions.filter(account__isnull=False)
    signed_in.update(signed_in_at=F("created_at"), last_seen_at=F("created_at"))
    signed_in.filter(account__is_staff=True).update(kind="staff")


class Migration(migrations.Migration):
    """Second factors, devices that were here before, and sessions that end when nobody is there."""

    dependencies = [("residents", "0007_messages"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [
        migrations.CreateModel(
            name="KnownDevice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("key_hash", models.BinaryField(max_length=32)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "用过的设备", "verbose_name_plural": "用过的设备"},
        ),
        migrations.AddConstraint(
            model_name="knowndevice",
            constraint=models.UniqueConstraint(fields=("account", "key_hash"), name="one_row_per_account_and_device"),
        ),
        migrations.CreateModel(
            name="FactorSecret",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("value", foundation.fields.EncryptedTextField(verbose_name="密钥")),
            ],
            options={"verbose_name": "两步验证密钥", "verbose_name_plural": "两步验证密钥"},
        ),
        migrations.AddField(
            model_name="account",
            name="must_change_password",
            field=models.BooleanField(default=False, verbose_name="登录后须修改密码"),
        ),
        migrations.AddField(
            model_name="accountsession",
            name="kind",
            field=models.CharField(
                choices=[("resident", "居民"), ("staff", "工作人员"), ("kiosk", "自助机")],
                default="resident",
                max_length=10,
            ),
        ),
        migrations.AddField(model_name="accountsession", name="signed_in_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="accountsession", name="last_seen_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="accountsession", name="device", field=models.CharField(blank=True, max_length=40)
        ),
        migrations.AddField(model_name="accountsession", name="address", field=models.GenericIPAddressField(null=True)),
        migrations.RunPython(date_sessions, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="accountsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", True), ("last_seen_at__isnull", True), ("signed_in_at__isnull", True)),
                    models.Q(
                        ("account__isnull", False), ("last_seen_at__isnull", False), ("signed_in_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="session_is_dated_exactly_when_signed_in",
            ),
        ),
        Guard("mfa_authenticator", worker="", signin=WRITES),
        Guard("residents_knowndevice", worker="", signin=WRITES),
        Guard("residents_factorsecret", worker="", signin=WRITES),
        migrations.RunSQL(SECRETS, NO_SECRETS),
    ]

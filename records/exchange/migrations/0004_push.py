import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, staff

# The web login may not write what was received. Whoever shows a facility's token may have one document kept, no more.
KEEPING = f"""
CREATE FUNCTION app.push_source(token bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT s.id FROM public.exchange_pushkey k JOIN public.exchange_source s ON s.id = k.source_id
  WHERE k.token_hash = token AND k.revoked_at IS NULL AND s.kind = 'fhir_push' AND s.state = 'enabled' $$;
COMMENT ON FUNCTION app.push_source(bytea) IS 'The source whose facility holds this token (its hash), while both are in force.';

CREATE FUNCTION app.keep_pushed(token bytea, file uuid, hash bytea, bytes bigint, parts uuid[], contents bytea[])
  RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE sender uuid := app.push_source(token);
BEGIN
  IF sender IS NULL THEN RETURN NULL; END IF;
  INSERT INTO public.exchange_storedfile (id, source_id, sha256, size, layout, name, received_at)
    VALUES (file, sender, hash, bytes, 'bundle', '', app.clock()) ON CONFLICT (source_id, sha256) DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO public.exchange_filepart (id, file_id, number, content)
    SELECT part.id, file, part.place - 1, part.content
    FROM unnest(parts, contents) WITH ORDINALITY AS part (id, content, place);
  INSERT INTO public.exchange_translation (file_id, source_id, received_at, state, attempts)
    VALUES (file, sender, app.clock(), 'waiting', 0);
  RETURN true;
END $$;
COMMENT ON FUNCTION app.keep_pushed(bytea, uuid, bytea, bigint, uuid[], bytea[]) IS
  'Keep a sealed document for the source of this token; false where it sent the same bytes before, NULL without a right.';
REVOKE ALL ON FUNCTION app.push_source(bytea),
  app.keep_pushed(bytea, uuid, bytea, bigint, uuid[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.push_source(bytea),
  app.keep_pushed(bytea, uuid, bytea, bigint, uuid[], bytea[]) TO {WEB};
"""
NOT_KEEPING = """
DROP FUNCTION app.keep_pushed(bytea, uuid, bytea, bigint, uuid[], bytea[]);
DROP FUNCTION app.push_source(bytea);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0003_documents"),
        ("facilities", "0005_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="PushKey",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("issued_at", models.DateTimeField(verbose_name="发放时间")),
                ("issued_by", models.CharField(max_length=100, verbose_name="发放人")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="push_keys",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "推送凭证",
                "verbose_name_plural": "推送凭证",
                "ordering": ["-issued_at"],
            },
        ),
        Guard(
            "exchange_pushkey",
            select=[staff("administrator", "engineer")],
            insert=[staff("administrator", "engineer")],
            update=[staff("administrator", "engineer")],
            update_columns=["revoked_at"],
            worker="SELECT",
        ),
        migrations.RunSQL(KEEPING, NOT_KEEPING),
    ]

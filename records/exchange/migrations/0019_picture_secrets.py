from django.db import migrations, models

from foundation.operations import WEB

# The web login reads no secret of a feed. Of a study that the session may see now, and whose PACS may be asked now, it
# is given what that PACS is asked with, sealed: app.picture_source decides, so that the two can never differ.
SECRETS = f"""
CREATE FUNCTION app.picture_secrets(study uuid) RETURNS TABLE (id uuid, purpose varchar, sealed bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.id, c.purpose, c.sealed
  FROM public.records_imagingstudy i JOIN public.exchange_sourcecredential c ON c.source_id = i.source_id
  WHERE i.id = study AND c.ended_at IS NULL AND EXISTS (SELECT 1 FROM app.picture_source(study)) $$;
COMMENT ON FUNCTION app.picture_secrets(uuid) IS
  'What the PACS of a study is asked with, sealed, for a session that may see the study.';
COMMENT ON FUNCTION app.picture_source(uuid) IS
  'Where the pictures of a study are, for a session that may see the study; what is asked with: app.picture_secrets.';
REVOKE ALL ON FUNCTION app.picture_secrets(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.picture_secrets(uuid) TO {WEB};
"""
NO_SECRETS = """
DROP FUNCTION app.picture_secrets(uuid);
COMMENT ON FUNCTION app.picture_source(uuid) IS
  'Where the pictures of a study are, for a session that may see the study; the secret itself is not in the database.';
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0017_judged_again"), ("records", "0010_pending")]

    operations = [
        migrations.AlterField(
            model_name="sourcecredential",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("token", "访问令牌（Bearer）"),
                    ("login", "用户名和密码（Basic）"),
                    ("password", "数据库密码"),
                    ("certificate", "客户端证书（双向 TLS）"),
                    ("authority", "机构自己的 CA 证书"),
                    ("viewer", "影像浏览器的签名密钥"),
                ],
                max_length=20,
                verbose_name="用途",
            ),
        ),
        migrations.RunSQL(SECRETS, NO_SECRETS),
    ]

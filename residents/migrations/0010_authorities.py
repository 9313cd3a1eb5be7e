import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
from foundation.operations import SIGNIN, Guard

# The sign-in login may not read persons. These two answer for one document or one account, and no more than the
# comparison needs; claimed numbers and the dead are nobody's.
PERSONS = f"""
CREATE FUNCTION app.too_young(birth date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT app.age_of(birth) < coalesce((app.setting('delegation.consent_age') #>> '{{}}')::integer, 14) $$;
COMMENT ON FUNCTION app.too_young(date) IS 'Whether a guardian applies for this person (PIPL article 31; identity service rules of 2025-07-15).';

CREATE FUNCTION app.person_of_document(wanted_kind text, wanted_indexes bytea[])
  RETURNS TABLE (resident uuid, account uuid, name varchar, young boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, a.id, r.name, app.too_young(r.birth_date)
  FROM public.residents_identifier i
  JOIN public.residents_resident r ON r.id = i.resident_id
  LEFT JOIN public.residents_account a ON a.resident_id = r.id
  WHERE i.kind = wanted_kind AND i.index = ANY (wanted_indexes) AND NOT i.claimed AND r.deceased_on IS NULL $$;
COMMENT ON FUNCTION app.person_of_document(text, bytea[]) IS
  'Whom a proved document belongs to, for comparing with what an authority says; only the sign-in login may ask.';

CREATE FUNCTION app.person_of_account(wanted uuid)
  RETURNS TABLE (resident uuid, account uuid, name varchar, young boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, a.id, r.name, app.too_young(r.birth_date)
  FROM public.residents_account a JOIN public.residents_resident r ON r.id = a.resident_id
  WHERE a.id = wanted AND r.deceased_on IS NULL $$;
COMMENT ON FUNCTION app.person_of_account(uuid) IS
  'Whose an account is, for comparing with what an authority says; only the sign-in login may ask.';

REVOKE ALL ON FUNCTION app.too_young(date), app.person_of_document(text, bytea[]), app.person_of_account(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.person_of_document(text, bytea[]), app.person_of_account(uuid) TO {SIGNIN};
"""
NO_PERSONS = """
DROP FUNCTION app.person_of_account(uuid), app.person_of_document(text, bytea[]), app.too_young(date);
"""

# Verified by an authority that names no document: what a counter printed, or what one registered oneself, says which
# person of this county it is.
WITHOUT_A_NUMBER = f"""
CREATE FUNCTION app.activate_alone(typed bytea[], told text, login uuid, random_name text, until timestamptz,
  origin inet, request text) RETURNS TABLE (opened uuid, proved integer) LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  codes uuid[];
  holder uuid;
BEGIN
  SELECT array_agg(c.id), (array_agg(a.id))[1] INTO codes, holder
  FROM public.residents_activationcode c
  JOIN public.residents_resident r ON r.id = c.resident_id AND NOT app.too_young(r.birth_date)
  LEFT JOIN public.residents_account a ON a.resident_id = r.id
  WHERE c.code_hash = ANY (typed) AND c.used_at IS NULL AND c.revoked_at IS NULL AND c.expires_at > app.clock()
    AND c.tries < coalesce((app.setting('activation.tries') #>> '{{}}')::integer, 200)
    AND (told = '' OR app.folded_name(told) = app.folded_name(r.name));
  holder := coalesce(holder, login);
  IF cardinality(codes) = 1 AND app.activate(codes[1], typed, holder, random_name,
      '!' || replace(gen_random_uuid()::text, '-', ''), NULL, NULL, until, origin, request) THEN
    RETURN QUERY SELECT holder, c.level::integer FROM public.residents_activationcode c WHERE c.id = codes[1];
  END IF;
END $$;
COMMENT ON FUNCTION app.activate_alone(bytea[], text, uuid, text, timestamptz, inet, text) IS
  'Use a slip''s code up without its number: for somebody an authority verified. The account opens without a password.';

CREATE FUNCTION app.prove_claim(login uuid, wanted_kind text, wanted_indexes bytea[], told text, origin inet,
  request text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE person uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('residents.document:' || encode(wanted_indexes[1], 'hex'), 0));
  SELECT r.id INTO person FROM public.residents_account a
  JOIN public.residents_resident r ON r.id = a.resident_id AND r.provisional AND NOT app.too_young(r.birth_date)
  JOIN public.residents_identifier i ON i.resident_id = r.id AND i.claimed
  WHERE a.id = login AND i.kind = wanted_kind AND i.index = ANY (wanted_indexes)
    AND told <> '' AND app.folded_name(told) = app.folded_name(r.name)
    AND NOT EXISTS (SELECT 1 FROM public.residents_identifier k
                    WHERE k.kind = wanted_kind AND k.index = ANY (wanted_indexes) AND NOT k.claimed);
  IF person IS NULL THEN RETURN false; END IF;
  UPDATE public.residents_identifier SET claimed = false
    WHERE resident_id = person AND kind = wanted_kind AND index = ANY (wanted_indexes);
  UPDATE public.residents_resident SET provisional = false WHERE id = person;
  PERFORM app.write_identity_event(person, NULL, login, 'residents.proved_claim', 'self', origin, request);
  RETURN true;
END $$;
COMMENT ON FUNCTION app.prove_claim(uuid, text, bytea[], text, inet, text) IS
  'What somebody registered on line is theirs: an authority named number and name. Never where the county knows the number already.';

REVOKE ALL ON FUNCTION app.activate_alone(bytea[], text, uuid, text, timestamptz, inet, text),
  app.prove_claim(uuid, text, bytea[], text, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.activate_alone(bytea[], text, uuid, text, timestamptz, inet, text),
  app.prove_claim(uuid, text, bytea[], text, inet, text) TO {SIGNIN};
"""
NOTHING_WITHOUT_A_NUMBER = """
DROP FUNCTION app.prove_claim(uuid, text, bytea[], text, inet, text),
  app.activate_alone(bytea[], text, uuid, text, timestamptz, inet, text);
"""


class Migration(migrations.Migration):
    """Authorities that prove who somebody is, and the accounts bound to what they say."""

    dependencies = [("residents", "0008_sign_in_safety")]

    operations = [
        migrations.AddField(
            model_name="verification",
            name="authority",
            field=models.CharField(blank=True, editable=False, max_length=20, verbose_name="身份平台"),
        ),
        migrations.CreateModel(
            name="Binding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("authority", models.CharField(max_length=20, verbose_name="认证方式")),
                ("issuer", models.CharField(max_length=200, verbose_name="认证来源")),
                ("subject", foundation.fields.EncryptedTextField(verbose_name="认证标识")),
                ("subject_index", models.BinaryField(max_length=32)),
                ("level", models.PositiveSmallIntegerField(verbose_name="绑定时的实名等级")),
                ("bound_at", models.DateTimeField(verbose_name="绑定时间")),
                ("used_at", models.DateTimeField(null=True, verbose_name="最近使用时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="解除时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bindings",
                        to="residents.account",
                    ),
                ),
            ],
            options={"verbose_name": "登录绑定", "verbose_name_plural": "登录绑定"},
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("authority", "subject_index"),
                name="one_account_per_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("account", "authority"),
                name="one_subject_per_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at", None), ("ended_at__gte", models.F("bound_at")), _connector="OR"),
                name="binding_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__gte", 0), ("level__lte", 3)), name="binding_level_is_0_to_3"
            ),
        ),
        # Kept when ended: who could enter when. The worker reads openids to send messages.
        Guard(
            "residents_binding",
            worker="SELECT",
            signin="SELECT, INSERT, UPDATE (used_at, ended_at)",
        ),
        migrations.RunSQL(PERSONS, NO_PERSONS),
        migrations.RunSQL(WITHOUT_A_NUMBER, NOTHING_WITHOUT_A_NUMBER),
    ]

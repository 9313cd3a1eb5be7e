import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own, own_account

# --- who may take a file along, and whether it may still be handed out ------------------------------------------------
WHO = f"""
CREATE FUNCTION app.may_take(account uuid, person uuid, category text) RETURNS boolean LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.residents_account a
    JOIN public.residents_resident r ON r.id = person AND r.deceased_on IS NULL
    WHERE a.id = account AND a.is_active AND app.consented(person, category) AND (
      a.resident_id = person OR EXISTS (
        SELECT 1 FROM public.residents_delegation d
        WHERE d.resident_id = person AND d.delegate_id = a.resident_id AND d.state = 'approved' AND d.ended_at IS NULL
          AND d.starts_at <= app.clock() AND d.ends_at > app.clock()
          AND category = ANY (app.delegated(d.relation, d.scope, d.agreed_scope, r.birth_date))
          AND (d.relation = 'guardian' OR app.consented(person, 'delegates'))))) $$;
COMMENT ON FUNCTION app.may_take(uuid, uuid, text) IS
  'Whether an account may take a person''s record or results along: its own, or by a delegation; never by an opening.';

CREATE FUNCTION app.may_take_now(person uuid, records boolean, results boolean) RETURNS boolean LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (NOT records OR app.may_take(app.account(), person, 'records'))
     AND (NOT results OR app.may_take(app.account(), person, 'results')) $$;
COMMENT ON FUNCTION app.may_take_now(uuid, boolean, boolean) IS 'app.may_take of this session''s own account.';
REVOKE ALL ON FUNCTION app.may_take(uuid, uuid, text), app.may_take_now(uuid, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.may_take_now(uuid, boolean, boolean) TO {WEB};
"""
NO_WHO = "DROP FUNCTION app.may_take_now(uuid, boolean, boolean), app.may_take(uuid, uuid, text);"

OPEN = """t.resident_id = person AND t.id = ANY (rows) AND t.superseded_at IS NULL AND t.withdrawn_at IS NULL
      AND t.left_at IS NULL AND t.release = 'released' AND t.sensitivity < 5"""
PLAIN = (
    *("allergy", "condition", "document", "encounter", "examination", "followup", "immunization", "medication"),
    "procedure",
)
COUNTED = "\n    UNION ALL ".join(f"SELECT t.id FROM public.records_{name} t WHERE {OPEN}" for name in PLAIN)
# A file was printed before; since then a row of it may have been taken back, kept at the facility, or corrected.
STANDS = f"""
CREATE FUNCTION app.entries_stand(person uuid, rows uuid[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH held AS MATERIALIZED (
    SELECT app.held_reports_of(ARRAY[person]) AS reports, app.held_items_of(ARRAY[person]) AS items
  )
  SELECT count(*) = cardinality(rows) FROM (
    {COUNTED}
    UNION ALL SELECT t.id FROM public.records_report t, held WHERE {OPEN}
      AND t.status NOT IN ('withdrawn', 'cancelled') AND t.id <> ALL (held.reports)
    UNION ALL SELECT t.id FROM public.records_observation t, held WHERE {OPEN} AND t.id <> ALL (held.items)
  ) AS standing $$;

CREATE FUNCTION app.parcel_stands(which uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce((SELECT app.entries_stand(p.resident_id, p.entries) FROM public.records_parcel p
    WHERE p.id = which AND (p.account_id = app.account() OR p.resident_id = app.own_resident())), false) $$;
COMMENT ON FUNCTION app.parcel_stands(uuid) IS
  'Whether everything printed in a file may still be read as it was printed; false for a file that is not one''s own.';
REVOKE ALL ON FUNCTION app.entries_stand(uuid, uuid[]), app.parcel_stands(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.parcel_stands(uuid) TO {WEB};
"""
NO_STANDS = "DROP FUNCTION app.parcel_stands(uuid), app.entries_stand(uuid, uuid[]);"

# --- the link for another browser -------------------------------------------------------------------------------------
# As with shares (docs/adr/0024): whoever holds the link has no account. Their transaction carries the link's own token,
# and these functions alone know it.
LINK = f"""
CREATE FUNCTION app.parcel_link_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  NEW.session_hash := app.token_hash();
  NEW.made_at := app.clock();
  UPDATE public.records_parcellink SET revoked_at = app.clock()
    WHERE account_id = NEW.account_id AND used_at IS NULL AND revoked_at IS NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER a_newer_link_ends_the_older BEFORE INSERT ON public.records_parcellink
  FOR EACH ROW EXECUTE FUNCTION app.parcel_link_made();

CREATE FUNCTION app.parcel_link_state(l public.records_parcellink) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN l.used_at IS NOT NULL THEN 'used'
    WHEN l.expires_at <= app.clock() THEN 'expired'
    WHEN l.revoked_at IS NOT NULL THEN 'ended'
    WHEN NOT EXISTS (SELECT 1 FROM public.residents_accountsession s
        WHERE s.token_hash = l.session_hash AND s.account_id = l.account_id AND s.expires_at > app.clock()) THEN 'ended'
    WHEN NOT EXISTS (SELECT 1 FROM public.records_parcel p
        WHERE p.id = l.parcel_id AND p.state = 'ready' AND p.expires_at > app.clock()
          AND (NOT p.with_records OR app.may_take(l.account_id, p.resident_id, 'records'))
          AND (NOT p.with_results OR app.may_take(l.account_id, p.resident_id, 'results'))
          AND app.entries_stand(p.resident_id, p.entries)) THEN 'ended'
    ELSE 'live' END $$;

CREATE FUNCTION app.parcel_link() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT app.parcel_link_state(l) FROM public.records_parcellink l WHERE l.token_hash = app.token_hash() $$;
COMMENT ON FUNCTION app.parcel_link() IS
  'What whoever holds a link may learn before using it: whether it still opens, nothing of whose it is or to what.';

CREATE FUNCTION app.take_parcel(origin inet, request text)
  RETURNS TABLE (state text, parcel uuid, kind varchar, ready_at timestamptz)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  l public.records_parcellink;
BEGIN
  -- Two presses at once wait for each other here: the second finds the link used.
  SELECT * INTO l FROM public.records_parcellink o WHERE o.token_hash = app.token_hash() FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF app.parcel_link_state(l) <> 'live' THEN
    RETURN QUERY SELECT app.parcel_link_state(l), NULL::uuid, NULL::varchar, NULL::timestamptz;
    RETURN;
  END IF;
  UPDATE public.records_parcellink SET used_at = app.clock() WHERE id = l.id;
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, action, subject_kind, subject_id, purpose,
      capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(), '持一次性链接者', l.resident_id, 'records.used_link', 'records.parcel',
      l.parcel_id::text, '', '', origin, left(request, 16));
  RETURN QUERY SELECT 'live', p.id, p.kind, p.ready_at FROM public.records_parcel p WHERE p.id = l.parcel_id;
END $$;
COMMENT ON FUNCTION app.take_parcel(inet, text) IS
  'Uses the link whose token this transaction carries, once; the person finds it in their log.';

CREATE FUNCTION app.taken_pieces() RETURNS TABLE (id uuid, content bytea) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT i.id, i.content FROM public.records_parcellink l
  JOIN public.records_parcelpiece i ON i.parcel_id = l.parcel_id
  WHERE l.token_hash = app.token_hash() AND l.used_at = app.clock() ORDER BY i.number $$;
COMMENT ON FUNCTION app.taken_pieces() IS 'The sealed file, in the transaction in which app.take_parcel used the link.';
REVOKE ALL ON FUNCTION app.parcel_link_made(), app.parcel_link_state(public.records_parcellink), app.parcel_link(),
  app.take_parcel(inet, text), app.taken_pieces() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.parcel_link(), app.take_parcel(inet, text), app.taken_pieces() TO {WEB};
"""
NO_LINK = """
DROP FUNCTION app.taken_pieces(), app.take_parcel(inet, text), app.parcel_link(),
  app.parcel_link_state(public.records_parcellink);
DROP TRIGGER a_newer_link_ends_the_older ON public.records_parcellink;
DROP FUNCTION app.parcel_link_made();
"""

ALLOWED = f"(NOT with_records OR {own('records')}) AND (NOT with_results OR {own('results')})"
MINE = f"({own_account()} OR resident_id = (SELECT app.own_resident()))"
BY_ONE_WHO_TAKES = "app.may_take_now(resident_id, with_records, with_results)"
OF_MY_PARCEL = """EXISTS (SELECT 1 FROM public.records_parcel p
  WHERE p.id = parcel_id AND p.resident_id = {table}.resident_id{more})"""
MY_REPORT = " AND p.kind = 'report' AND p.account_id = (SELECT app.account())"
MINE_TO_HAND_ON = (
    " AND p.account_id = (SELECT app.account()) AND app.may_take_now(p.resident_id, p.with_records, p.with_results)"
)
# Which of the two it must be, the parcel's own policy says.
LOOKING = f"({own('records')} OR {own('results')})"
PIECE, LINKS = "records_parcelpiece", "records_parcellink"
GUARDS = [
    Guard(
        "records_parcel",
        select=[f"{MINE} AND {ALLOWED}"],
        insert=[
            f"{own_account()} AND {ALLOWED} AND (kind = 'report' AND state = 'ready'"
            f" OR kind = 'record' AND state = 'waiting' AND {BY_ONE_WHO_TAKES})"
        ],
        worker="SELECT, UPDATE",
    ),
    Guard(
        PIECE,
        select=[f"{LOOKING} AND {OF_MY_PARCEL.format(table=PIECE, more='')}"],
        insert=[OF_MY_PARCEL.format(table=PIECE, more=MY_REPORT)],
        worker="SELECT, INSERT, DELETE",
    ),
    Guard(
        LINKS,
        select=[f"{own_account()} AND {LOOKING} AND {OF_MY_PARCEL.format(table=LINKS, more='')}"],
        insert=[
            f"{own_account()} AND {OF_MY_PARCEL.format(table=LINKS, more=MINE_TO_HAND_ON)} AND used_at IS NULL"
            " AND revoked_at IS NULL AND expires_at <= app.clock() + interval '1 hour'"
        ],
        worker="SELECT",
    ),
]
NEVER = """
CREATE TRIGGER parcel_is_never_deleted BEFORE DELETE ON public.records_parcel
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER parcel_link_is_never_deleted BEFORE DELETE ON public.records_parcellink
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NOT_NEVER = """
DROP TRIGGER parcel_link_is_never_deleted ON public.records_parcellink;
DROP TRIGGER parcel_is_never_deleted ON public.records_parcel;
"""
Q = models.Q
KEY = models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False)
RESIDENT = models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident")


class Migration(migrations.Migration):
    """Files to take along: the whole record as a booklet, one report, and the link that hands one on."""

    dependencies = [
        ("records", "0023_own_entries"),
        ("residents", "0028_record_ready"),
    ]

    operations = [
        migrations.CreateModel(
            name="Parcel",
            fields=[
                ("id", KEY),
                ("account_id", models.UUIDField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("record", "整份档案"), ("report", "一份报告")], max_length=8, verbose_name="种类"
                    ),
                ),
                ("with_records", models.BooleanField()),
                ("with_results", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待制作"),
                            ("working", "正在制作"),
                            ("ready", "已做好"),
                            ("failed", "没有做成"),
                            ("expired", "已过期删除"),
                        ],
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("done", models.PositiveSmallIntegerField(default=0)),
                ("form_hash", models.BinaryField(max_length=32)),
                (
                    "sections",
                    django.contrib.postgres.fields.ArrayField(models.CharField(max_length=20), default=list, size=None),
                ),
                ("starts_on", models.DateField(null=True, verbose_name="从哪天起")),
                ("ends_on", models.DateField(null=True, verbose_name="到哪天为止")),
                ("entries", django.contrib.postgres.fields.ArrayField(models.UUIDField(), default=list, size=None)),
                ("reports", models.PositiveIntegerField(default=0, verbose_name="报告份数")),
                ("draft", models.BinaryField(null=True)),
                ("pages", models.PositiveSmallIntegerField(default=0, verbose_name="页数")),
                ("size", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("claim", models.UUIDField(editable=False, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("beat_at", models.DateTimeField(null=True)),
                ("ready_at", models.DateTimeField(null=True, verbose_name="做好时间")),
                ("expires_at", models.DateTimeField(verbose_name="保存到")),
                ("resident", RESIDENT),
            ],
            options={
                "verbose_name": "带走的档案文件",
                "verbose_name_plural": "带走的档案文件",
                "indexes": [
                    models.Index(fields=["resident", "-asked_at"], name="parcel_by_resident"),
                    models.Index(
                        condition=Q(("state__in", ["waiting", "working"])), fields=["asked_at"], name="parcel_to_make"
                    ),
                    models.Index(
                        condition=Q(("state", "expired"), _negated=True), fields=["expires_at"], name="parcel_to_empty"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("resident", "account_id", "form_hash"), name="one_parcel_per_form"),
                    models.CheckConstraint(
                        condition=Q(("with_records", True), ("with_results", True), _connector="OR"),
                        name="parcel_of_something",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("ready_at", None), ("state__in", ["waiting", "working", "failed"])),
                            Q(("draft", None), ("ready_at__isnull", False), ("state", "ready")),
                            Q(("draft", None), ("state", "expired")),
                            _connector="OR",
                        ),
                        name="parcel_ready_exactly_with_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ParcelPiece",
            fields=[
                ("id", KEY),
                ("number", models.PositiveSmallIntegerField()),
                ("content", models.BinaryField()),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pieces", to="records.parcel"
                    ),
                ),
                ("resident", RESIDENT),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("parcel", "number"), name="one_piece_per_place")],
            },
        ),
        migrations.CreateModel(
            name="ParcelLink",
            fields=[
                ("id", KEY),
                ("account_id", models.UUIDField(editable=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("session_hash", models.BinaryField(editable=False, max_length=32, null=True)),
                ("made_at", models.DateTimeField(verbose_name="生成时间")),
                ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="records.parcel"
                    ),
                ),
                ("resident", RESIDENT),
            ],
            options={
                "verbose_name": "一次性链接",
                "verbose_name_plural": "一次性链接",
                "indexes": [
                    models.Index(
                        condition=Q(("revoked_at__isnull", True), ("used_at__isnull", True)),
                        fields=["account_id"],
                        name="parcel_link_still_open",
                    )
                ],
            },
        ),
        migrations.RunSQL(WHO, NO_WHO),
        *GUARDS,
        migrations.RunSQL(STANDS, NO_STANDS),
        migrations.RunSQL(LINK, NO_LINK),
        migrations.RunSQL(NEVER, NOT_NEVER),
    ]

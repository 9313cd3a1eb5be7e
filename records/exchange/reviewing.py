"""A policy that begins, changes or ends holds for what is stored, too: the worker goes through it, a batch at a time.

What has arrived is decided by `releasing`, with the same words. A run that was under way when a policy was made may
still apply messages without it, so everything is gone through once more a while later. What a policy closed carries
its id (`ruled_by`), so ending the policy opens just that again. A recalled row is never touched.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from records.exchange import opening
from records.exchange.models import CriticalCase, ReleasePolicy
from records.exchange.recording import MODELS
from records.exchange.releasing import EVERY, Rules, Verdict, decided, floor_of, is_critical
from records.exchange.sensitivity import ORDINARY
from records.exchange.transactions import alias
from records.models import Observation, Report
from records.provenance import Provenance
from records.release import Release

# Longer than any run that still works with the rules of before.
ONCE_MORE = timedelta(minutes=15)
BATCH = 500
What = ReleasePolicy.What
COLUMNS = ("sensitivity", "release", "release_at", "ruled_by")
WORDS = ("name", "title", "reason")
KINDS = {str(model._meta.model_name): model for model in MODELS.values()}


def review(now: datetime) -> int:
    """Go through what the policies that are due speak of; returns how many rows changed.

    Where it was interrupted is written down with each batch, in its transaction.
    """
    changed = 0
    for policy in ReleasePolicy.objects.filter(review_at__lte=now):
        rules = Rules.at(now)
        for name, model in sorted(KINDS.items()):
            if str(policy.progress.get("after_kind", "")) < name:
                changed += _review(policy, name, model, rules, now)
        _done(policy, now)
    return changed


def _review(policy: ReleasePolicy, name: str, model: type[Provenance], rules: Rules, now: datetime) -> int:
    changed = 0
    for batch in _batches(policy, name, model):
        with transaction.atomic(using=alias()):
            rows = model._default_manager.select_for_update().filter(
                resident_id__in={row[1] for row in batch}, id__in=[row[0] for row in batch]
            )
            touched = [row for row in rows if _reviewed(model, row, rules, now)]
            opening.tell(opening.opened_with([row for row in touched if row.release == Release.PENDING]), now)
            changed += len(touched)
            _note(policy, {**policy.progress, "kind": name, "after": str(batch[-1][0])})
    _note(policy, {"after_kind": name})
    return changed


def _batches(policy: ReleasePolicy, name: str, model: type[Provenance]) -> Iterator[list[tuple[UUID, UUID]]]:
    """Keys of the rows that the policy speaks of, or has decided over, from where the last run got to."""
    spoken = spoken_of(policy, model)
    found = model._default_manager.filter(
        Q(ruled_by=policy.pk) | spoken if spoken is not None else Q(ruled_by=policy.pk)
    )
    found = found.exclude(release=Release.RECALLED).order_by("id")
    after = policy.progress.get("after") if policy.progress.get("kind") == name else None
    while batch := list((found.filter(id__gt=after) if after else found).values_list("id", "resident_id")[:BATCH]):
        yield batch
        after = batch[-1][0]


def spoken_of(policy: ReleasePolicy, model: type[Provenance]) -> Q | None:
    """What a policy may speak of among a table's rows (`releasing.fits` decides); None: nothing."""
    names = {item.name for item in model._meta.concrete_fields}
    value = policy.value
    where = Q(facility_id=policy.facility_id) if policy.facility_id else Q()
    if policy.what in {What.CATEGORY, What.PRELIMINARY}:
        category = Q() if value == EVERY else Q(category=value)
        early = Q(status=Report.Status.PRELIMINARY) if policy.what == What.PRELIMINARY else Q()
        return where & category & early if model is Report else None
    if policy.what == What.WORD:
        said = [Q(**{f"{name}__icontains": value}) for name in WORDS if name in names]
        return where & reduce(or_, said) if said else None
    field = {What.LOCAL: "local_code__istartswith", What.DISEASE: "code__istartswith"}.get(What(policy.what), "code")
    return where & Q(**{field: value}) if field.partition("__")[0] in names else None


def _reviewed(model: type[Provenance], row: Provenance, rules: Rules, now: datetime) -> bool:
    """Decide over a stored row anew; whether that changed it."""
    said = {item.attname: getattr(row, item.attname) for item in model._meta.concrete_fields}
    verdict = decided(model, said, _floor(model, row, said, rules, now), rules, now)
    base = said["sensitivity"] if row.ruled_by is None else min(said["sensitivity"], ORDINARY)
    wanted = verdict.columns(base)
    if all(said[name] == wanted[name] for name in COLUMNS):
        return False
    if verdict.policy is None and row.ruled_by is None:
        return False  # released by a doctor or by the clock, or waiting for one: nothing a policy has to do with
    model._default_manager.filter(resident_id=row.resident_id, id=row.id).update(**wanted)
    return True


def _floor(model: type[Provenance], row: Provenance, said: dict[str, Any], rules: Rules, now: datetime) -> Verdict:
    """What the row is without any policy. Only what was released or pathology is ever changed by one."""
    if row.ruled_by is None:
        if row.release == Release.PENDING:
            return Verdict(ReleasePolicy.Decision.PENDING, row.release_at)
        return floor_of(model, said, rules, now, critical=False)
    pathology = isinstance(row, Report) and row.category == Report.Category.PATHOLOGY
    release = Release.WITHHELD if pathology else Release.RELEASED
    said = {**said, "sensitivity": ORDINARY, "release": release.value}
    critical = is_critical(model, said, rules) and not _was_told(row) and _is_young(said, rules, now)
    return floor_of(model, said, rules, now, critical=critical)


def _is_young(said: dict[str, Any], rules: Rules, now: datetime) -> bool:
    return not rules.hours or said["received_at"] + timedelta(hours=rules.hours) > now


def _was_told(row: Provenance) -> bool:
    assert isinstance(row, Observation)
    told = CriticalCase.objects.filter(subject__observation_id=row.id, subject__resident_id=row.resident_id)
    return told.filter(state__in=[CriticalCase.State.TOLD, CriticalCase.State.ELAPSED]).exists()


def _note(policy: ReleasePolicy, progress: dict[str, Any]) -> None:
    policy.progress = progress
    ReleasePolicy.objects.filter(pk=policy.pk).update(progress=progress)


def _done(policy: ReleasePolicy, now: datetime) -> None:
    """Once more a while after it began or ended; and when it ends, if that is known already. With what it holds now."""
    turned = [moment for moment in (policy.starts_at, policy.ends_at) if moment is not None]
    later = [at for moment in turned for at in (moment, moment + ONCE_MORE) if at > now]
    ReleasePolicy.objects.filter(pk=policy.pk, review_at__lte=now).update(
        review_at=min(later, default=None), progress={"counts": counts(policy), "at": now.isoformat()}
    )


def counts(policy: ReleasePolicy) -> dict[str, int]:
    """How many rows a policy decides over now, by what became of them."""
    found: dict[str, int] = {}
    for model in MODELS.values():
        rows = model._default_manager.filter(ruled_by=policy.pk).values("release").annotate(times=Count("id"))
        for row in rows.order_by():
            found[row["release"]] = found.get(row["release"], 0) + row["times"]
    return found

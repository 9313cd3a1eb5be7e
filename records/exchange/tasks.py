"""What the worker does: pull what is due, pull one source, apply what waits. Rows are the truth; a task only wakes."""

from uuid import UUID

from celery import shared_task
from django.conf import settings

from foundation import clock
from records.exchange import documents, folders, opening, pulling, retrying, reviewing, sheets
from records.exchange.codes import counting
from records.exchange.onboarding import trials
from records.exchange.problems import AlreadyRunning
from records.exchange.replaying import running

# Well below the task's time limit: a first load goes on with the next task. Where one process does everything in turn
# (without Redis), a feed lets the others have theirs every few seconds.
SECONDS = 150.0 if settings.REDIS_URL != "none" else 5.0


@shared_task
def pull_due() -> None:
    """Put one task for each source whose time has come."""
    for source_id in pulling.due(clock.now()):
        pull_source.delay(str(source_id))


@shared_task
def pull_source(source_id: str) -> None:
    """Pull one source, and go on after the others when there is more; another run of the same source is left alone."""
    try:
        pulling.pull(UUID(source_id), clock=clock.now, seconds=SECONDS)
    except AlreadyRunning:
        return
    if pulling.is_due(UUID(source_id), clock.now()):
        pull_source.delay(source_id)


@shared_task
def look_into_folders() -> None:
    """Put one task for each source whose drop folder is watched."""
    for source_id in folders.due(clock.now()):
        look_into_folder.delay(str(source_id))


@shared_task
def look_into_folder(source_id: str) -> None:
    """Take what is complete in one source's drop folder."""
    folders.watch(UUID(source_id), clock=clock.now)


@shared_task
def translate_due() -> None:
    """Put one task for each source of which documents wait."""
    for source_id in documents.due():
        translate_source.delay(str(source_id))


@shared_task
def translate_source(source_id: str) -> None:
    """Translate what one source sent; another run of the same source is left alone."""
    try:
        documents.translate(UUID(source_id), clock=clock.now, seconds=SECONDS)
    except AlreadyRunning:
        return


@shared_task
def look_for_trials() -> None:
    """Put one task for each trial of a feed that staff ask for."""
    for trial_id in trials.due(clock.now()):
        carry_out_trial.delay(str(trial_id))


@shared_task
def carry_out_trial(trial_id: str) -> None:
    """Test one feed's connection, or rehearse with its last messages."""
    trials.carry_out(UUID(trial_id), clock=clock.now)


@shared_task
def count_codes() -> None:
    """Count which codes and units of facilities nobody has mapped."""
    counting.count(clock.now(), SECONDS)


@shared_task
def replay_due() -> None:
    """Put one task for each replay that was asked for, or was interrupted."""
    for replay_id in running.due(clock.now()):
        replay.delay(str(replay_id))


@shared_task
def replay(replay_id: str) -> None:
    """Go on with one replay; another run of the same is left alone."""
    try:
        running.run(UUID(replay_id), clock=clock.now, seconds=SECONDS)
    except AlreadyRunning:
        return


@shared_task
def look_through_tables() -> None:
    """Count what received tables hold, and make the sheets of bad rows that were asked for."""
    sheets.sweep(clock.now())


@shared_task
def apply_waiting() -> None:
    """Apply what an interruption, a mistake or a request by staff left waiting."""
    retrying.sweep(clock.now())


@shared_task
def release_due() -> None:
    """Carry out changed rules of release, open what has waited long enough, alarm about what nobody sees to."""
    reviewing.review(clock.now())
    opening.sweep(clock.now())

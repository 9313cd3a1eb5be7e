"""Clearing away what is over: ended sessions, messages dealt with long ago, staff accounts nobody set up in time.

The rows are closed to the worker; the database's own functions delete what is over and nothing else.
"""

from celery import shared_task

from foundation.dated import register
from foundation.rowsecurity import asked

PIECE = 2000
MOST_PIECES = 50

# app.clear_old_deliveries asks the setting itself, so that a worker cannot be told another.
register("messages.keep_days", 180, "已发送的短信等消息保留多少天（不少于30天），之后删除")


@shared_task
def clear_what_is_over() -> int:
    """Delete ended sessions and old messages, a piece at a time; returns how many rows. Safe to repeat and to stop.

    A staff account that was opened or reset and not set up in time is closed on the way.
    """
    cleared("SELECT app.close_unused_accounts(%s)")
    return (
        cleared("SELECT app.clear_expired_sessions(%s)")
        + cleared("SELECT app.clear_old_deliveries(%s)")
        + cleared("SELECT app.clear_old_program_tokens(%s)")
    )


def cleared(statement: str) -> int:
    """How many rows a function of the database deleted, called with the size of a piece until little is left."""
    total = 0
    for _turn in range(MOST_PIECES):
        piece = int(asked(statement, [PIECE]))
        total += piece
        if piece < PIECE:
            break
    return total

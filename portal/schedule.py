"""What the beat starts, and every how many seconds; each can be run again safely."""

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    "send due messages": {"task": "residents.tasks.send_due", "schedule": 10.0},
    "collect SMS reports": {"task": "residents.tasks.collect_reports", "schedule": 60.0},
    "pull due sources": {"task": "records.exchange.tasks.pull_due", "schedule": 15.0},
    "look into drop folders": {"task": "records.exchange.tasks.look_into_folders", "schedule": 15.0},
    "look through tables": {"task": "records.exchange.tasks.look_through_tables", "schedule": 10.0},
    "translate what waits": {"task": "records.exchange.tasks.translate_due", "schedule": 10.0},
    "release what is due": {"task": "records.exchange.tasks.release_due", "schedule": 60.0},
    "try new sources": {"task": "records.exchange.tasks.look_for_trials", "schedule": 5.0},
    "count unmapped codes": {"task": "records.exchange.tasks.count_codes", "schedule": 300.0},
    "replay what was asked for": {"task": "records.exchange.tasks.replay_due", "schedule": 30.0},
    "apply what waits": {"task": "records.exchange.tasks.apply_waiting", "schedule": 30.0},
    "seal the access log": {"task": "residents.chain_tasks.seal_access_log", "schedule": 20.0},
    "compare reads with the access log": {"task": "residents.chain_tasks.reconcile_access_log", "schedule": 3600.0},
    "hear and ask": {"task": "records.tasks.hear_and_ask", "schedule": 60.0},
    "clear what is over": {"task": "residents.housekeeping.clear_what_is_over", "schedule": 3600.0},
    "remind of activities": {"task": "health_education.tasks.remind_of_activities", "schedule": 600.0},
    "make sessions": {"task": "appointments.tasks.make_sessions", "schedule": 1800.0},
    "draw lots": {"task": "appointments.tasks.draw_lots", "schedule": 20.0},
    "publish fairness": {"task": "appointments.tasks.publish_fairness", "schedule": 6 * 3600.0},
    "give back places": {"task": "appointments.tasks.give_back_places", "schedule": 20.0},
    "ask who waits": {"task": "appointments.tasks.ask_who_waits", "schedule": 20.0},
    "see to results out of range": {"task": "records.tasks.follow_through", "schedule": 900.0},
    "clear struck photographs": {
        "task": "records.tasks.clear_struck_photographs",
        "schedule": crontab(hour="3", minute="40"),
    },
    "make booklets": {"task": "records.tasks.make_booklets", "schedule": 15.0},
    "clear stored copies": {"task": "records.tasks.clear_stored_copies", "schedule": 3600.0},
    "keep summaries": {"task": "records.tasks.keep_summaries", "schedule": 5.0},
    "forget health links": {"task": "records.tasks.forget_health_links", "schedule": 3600.0},
    "sweep files": {"task": "health_education.tasks.sweep_files", "schedule": crontab(hour="3", minute="20")},
    "tell of birthdays": {"task": "residents.family.tasks.keep_up_with_time", "schedule": 6 * 3600.0},
    "prepare partitions": {"task": "foundation.tasks.prepare_partitions", "schedule": 6 * 3600.0},
}

"""What may never be read in the tables of this room, each a question whose answer must be empty."""

ALWAYS = {
    "a slot has taken what is live in it, and never more than it has": """
        SELECT s.id FROM appointments_slot s WHERE s.taken > s.capacity OR s.taken <>
          (SELECT count(*) FROM appointments_booking b WHERE b.slot_id = s.id AND b.status <> 'cancelled')
          + (SELECT count(*) FROM appointments_hold h WHERE h.slot_id = s.id AND h.ended_at IS NULL)""",
    "a kept place is an elder's, and counted": """
        SELECT s.id FROM appointments_slot s WHERE s.used_elder > s.reserved_elder OR s.used_elder <>
          (SELECT count(*) FROM appointments_booking b
           WHERE b.slot_id = s.id AND b.status <> 'cancelled' AND b.drawn_from = 'elder')
          + (SELECT count(*) FROM appointments_hold h
             WHERE h.slot_id = s.id AND h.ended_at IS NULL AND h.drawn_from = 'elder')
        UNION ALL SELECT b.id FROM appointments_booking b JOIN residents_resident r ON r.id = b.resident_id
          WHERE b.drawn_from = 'elder' AND r.birth_date > b.date - interval '65 years'""",
    "nobody is twice in a half-day and department, or in two places at once": """
        SELECT a.id FROM appointments_booking a
          JOIN appointments_booking b ON b.resident_id = a.resident_id AND b.id > a.id
          JOIN appointments_slot s ON s.id = a.slot_id JOIN appointments_slot t ON t.id = b.slot_id
        WHERE a.status <> 'cancelled' AND b.status <> 'cancelled' AND (
          (a.department_id, a.date, a.period) = (b.department_id, b.date, b.period)
          OR (a.channel <> 'desk' AND b.channel <> 'desk' AND s.starts_at < t.ends_at AND t.starts_at < s.ends_at))""",
    "the trail of each booking begins with it and ends as it is": """
        SELECT b.id FROM appointments_booking b WHERE
          (SELECT count(*) FROM appointments_deed d WHERE d.booking_id = b.id AND d.kind = 'booked') <> 1
          OR (SELECT count(*) FROM appointments_deed d WHERE d.booking_id = b.id AND d.kind = 'cancelled')
            <> (b.status = 'cancelled')::integer
          OR (SELECT CASE d.kind WHEN 'revised' THEN 'booked' ELSE d.kind END FROM appointments_deed d
              WHERE d.booking_id = b.id
                AND d.kind IN ('booked', 'cancelled', 'checked_in', 'completed', 'no_show', 'revised')
              ORDER BY d.id DESC LIMIT 1) <> b.status""",
    "a stopped half-day awaits nobody and keeps nothing": """
        SELECT b.id FROM appointments_booking b JOIN appointments_session n ON n.id = b.session_id
          JOIN appointments_slot s ON s.id = b.slot_id
        WHERE n.state = 'stopped' AND b.status IN ('booked', 'checked_in') AND s.ends_at > app.clock()
        UNION ALL SELECT h.id FROM appointments_hold h JOIN appointments_slot s ON s.id = h.slot_id
          JOIN appointments_session n ON n.id = s.session_id WHERE n.state = 'stopped' AND h.ended_at IS NULL""",
    "whom a stopped clinic took a visit from is told once, and nobody else": """
        SELECT b.id FROM appointments_booking b WHERE (b.ended = 'stopped')::integer <>
          (SELECT count(*) FROM residents_notice k WHERE k.kind = 'clinic_stopped' AND k.subject_id = b.id)""",
    "a strike that stands is for a visit that was missed, on line, by nobody old, in a clinic that took place": """
        SELECT t.id FROM appointments_strike t JOIN appointments_booking b ON b.id = t.booking_id
          JOIN appointments_session n ON n.id = b.session_id JOIN residents_resident r ON r.id = t.resident_id
        WHERE t.withdrawn_at IS NULL AND (b.status <> 'no_show' OR b.channel <> 'web' OR n.state = 'stopped'
          OR r.birth_date <= b.date - interval '65 years')""",
    "a visit that was missed is a strike, where it is one": """
        SELECT b.id FROM appointments_booking b JOIN appointments_session n ON n.id = b.session_id
        WHERE b.status = 'no_show' AND b.channel = 'web' AND n.state = 'open'
          AND NOT EXISTS (SELECT 1 FROM appointments_strike t WHERE t.booking_id = b.id)""",
    "who waits is offered one place at a time, and only while waiting": """
        SELECT h.wait_id FROM appointments_hold h WHERE h.wait_id IS NOT NULL AND h.ended_at IS NULL
          GROUP BY h.wait_id HAVING count(*) > 1""",
    "who has a booking for what they wait for waits no more": """
        SELECT e.id FROM appointments_waitlistentry e JOIN appointments_booking b ON b.resident_id = e.resident_id
          JOIN appointments_session n ON n.id = b.session_id
        WHERE e.ended_at IS NULL AND b.status = 'booked' AND b.booked_at > e.joined_at AND app.waits_for(e, n)""",
    "a number is given to one person": """
        SELECT a.id FROM appointments_booking a JOIN appointments_booking b ON b.session_id = a.session_id
          AND b.number = a.number AND b.id > a.id WHERE a.status <> 'cancelled' AND b.status <> 'cancelled'""",
}
# Of the offers this sweep made one by one: nobody who waits longer, may have the place and was free to be asked.
PASSED_OVER = """
SELECT h.id FROM appointments_hold h
  JOIN appointments_waitlistentry mine ON mine.id = h.wait_id
  JOIN appointments_slot s ON s.id = h.slot_id JOIN appointments_session n ON n.id = s.session_id
  JOIN appointments_waitlistentry other ON other.ended_at IS NULL AND other.id <> mine.id
    AND (other.joined_at, other.id) < (mine.joined_at, mine.id) AND other.resident_id <> mine.resident_id
    AND other.department_id = n.department_id AND n.date BETWEEN other.earliest AND other.latest
    AND coalesce(other.practitioner_id, n.practitioner_id) = n.practitioner_id
  JOIN residents_resident r ON r.id = other.resident_id
WHERE h.id <> ALL (%s::uuid[]) AND h.ended_at IS NULL
  AND (h.drawn_from <> 'elder' OR r.birth_date <= n.date - interval '65 years')
  AND NOT EXISTS (SELECT 1 FROM appointments_hold g
                  WHERE g.wait_id = other.id AND (g.slot_id = s.id OR g.ended_at IS NULL))
  AND NOT EXISTS (SELECT 1 FROM appointments_booking b JOIN appointments_slot t ON t.id = b.slot_id
                  WHERE b.resident_id = other.resident_id AND b.status <> 'cancelled'
                    AND ((b.department_id, b.date, b.period) = (n.department_id, n.date, n.period)
                         OR (t.starts_at < s.ends_at AND s.starts_at < t.ends_at)))
"""
# After a sweep: offers whose time is over, or whose person waits no more; waits whose days are over.
LEFT_OVER = """
SELECT h.id FROM appointments_hold h JOIN appointments_waitlistentry e ON e.id = h.wait_id
  WHERE h.ended_at IS NULL AND (h.ends_at <= app.clock() OR e.ended_at IS NOT NULL)
UNION ALL SELECT e.id FROM appointments_waitlistentry e
  WHERE e.ended_at IS NULL AND e.latest < (app.clock() AT TIME ZONE 'Asia/Shanghai')::date
"""
OVERDUE = "SELECT id FROM appointments_hold WHERE ended_at IS NULL AND ends_at <= app.clock() AND wait_id IS NULL"
COUNTING = """
SELECT t.at, t.allowed, t.within_days, t.suspension_days FROM appointments_strike t
  LEFT JOIN appointments_appeal a ON a.strike_id = t.id
WHERE t.resident_id = %s AND t.withdrawn_at IS NULL AND (a.id IS NULL OR
  (a.answered_at IS NULL AND a.answer_due > app.clock()) OR a.accepted = false) ORDER BY t.at
"""
TOGETHER = " UNION ALL ".join(
    f"SELECT '{name.replace(chr(39), chr(39) * 2)}', found.id FROM ({question}) found(id)"
    for name, question in ALWAYS.items()
)

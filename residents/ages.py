"""How old somebody is."""

from datetime import date


def age_on(born: date, day: date) -> int:
    """Full years on a day; whoever was born on 29 February completes one on 1 March, as `app.age_of` counts."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

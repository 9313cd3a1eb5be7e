"""Under which actions the access log holds what is read and written here."""

from records.own import deeds, reading, reports

READS = (
    reading.READ_OWN,
    reading.READ_ENTRY,
    reading.EXPORTED,
    deeds.WROTE,
    deeds.PUT_RIGHT,
    deeds.STRUCK,
    reports.LISTED,
    reports.READ,
    reports.VIEWED,
    reports.UPLOADED,
)

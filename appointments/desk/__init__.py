"""The desk of a facility (预约台): its day, what is done there for people, its lists and reports."""

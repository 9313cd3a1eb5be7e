"""How records are worded for residents: on the summary, in the list, on the report page and on paper."""

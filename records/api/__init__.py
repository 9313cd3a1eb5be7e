"""The part of the JSON interface that speaks about the health record and results."""

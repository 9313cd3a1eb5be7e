"""The part of the JSON interface that speaks about what there is to read."""

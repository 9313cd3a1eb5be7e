"""The part of the JSON interface that speaks about the person and the account, and what all rooms' parts rest on."""

"""The part of the JSON interface that speaks about what there is to book, and about one's own bookings."""

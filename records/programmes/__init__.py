"""Check-ups, follow-ups and documents as residents read them."""

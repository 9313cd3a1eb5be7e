"""From weekly patterns to half-days that can be booked: what is planned, what is made of it, what is published."""

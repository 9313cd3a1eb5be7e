"""Lectures, consultations and screening days: signing up, coming, and what staff do about them."""

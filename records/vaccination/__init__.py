"""Vaccinations, and which ones the national schedule asks for next."""

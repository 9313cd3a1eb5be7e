"""The rules of the house, as tests."""

from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
ROOMS = ["portal", "appointments", "records", "health_education", "residents", "facilities", "foundation"]

"""What this room seals by hand, for the day the keys are changed (foundation/rotation.py)."""

from foundation.rotation import register_sealed
from records.attachments import ReportAttachment, place_of

register_sealed(ReportAttachment, "content", place_of)

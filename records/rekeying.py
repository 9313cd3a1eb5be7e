"""What this room seals by hand, for the day the keys are changed (foundation/rotation.py)."""

from foundation.rotation import register_sealed
from records.attachments import ReportAttachment, place_of
from records.models import own, parcels
from records.models.health_links import SharedFile, file_place

register_sealed(ReportAttachment, "content", place_of)
register_sealed(own.OwnReportPage, "content", own.place_of)
register_sealed(SharedFile, "content", file_place)
register_sealed(parcels.Parcel, "draft", parcels.draft_place)
register_sealed(parcels.ParcelPiece, "content", parcels.piece_place)

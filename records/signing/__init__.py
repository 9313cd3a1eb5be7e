"""Signing what the portal prints, and saying of a file whether a signature of the portal covers all of it.

pdf = sign(pdf, now=now)
standing(pdf).is_ours
"""

from records.signing.embedding import sign
from records.signing.ours import is_self_signed
from records.signing.port import SigningFailed
from records.signing.reading import Reading, Standing, State, standing

__all__ = ["Reading", "SigningFailed", "Standing", "State", "is_self_signed", "sign", "standing"]

"""The link itself, and the file behind it as the standard encrypts it. The key is in the link and nowhere else."""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from records.fhir.elements import Resource

FHIR = "application/fhir+json"
FHIR_VERSION = "4.0.1"
KEY_BYTES = 32
# A passcode has to be asked for; the file is reached by a manifest.
FLAG = "P"


@dataclass(frozen=True)
class Secret:
    """What only the link holds: the random part of its address, and the key of the file."""

    address: str
    key: bytes


def new_secret() -> Secret:
    """256 random bits for each."""
    return Secret(secrets.token_urlsafe(KEY_BYTES), secrets.token_bytes(KEY_BYTES))


def encrypted(resource: Resource, key: bytes) -> str:
    """A FHIR resource as a compact JWE: `dir`, A256GCM, deflated, with a nonce of its own."""
    plain = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
    header = {"alg": "dir", "enc": "A256GCM", "cty": FHIR, "zip": "DEF"}
    token = JWE(plain, protected=json.dumps(header, separators=(",", ":")))
    token.add_recipient(JWK(kty="oct", k=_plain(key)))
    return str(token.serialize(compact=True))


def link(secret: Secret, *, until: datetime, label: str) -> str:
    """The `shlink:/` behind the address of the portal's own viewer, shown to the person this once.

    A browser sends nothing of what follows a #, so no server sees the key.
    """
    root = settings.PUBLIC_URL.rstrip("/")
    payload = {
        "url": root + reverse("records:health_link", args=[secret.address]),
        "exp": int(until.timestamp()),
        "flag": FLAG,
        "key": _plain(secret.key),
        "label": label[:80],
        "v": 1,
    }
    return f"{root}{reverse('records:health_link_viewer')}#shlink:/" + _plain(
        json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    )


def _plain(value: bytes) -> str:
    """base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")

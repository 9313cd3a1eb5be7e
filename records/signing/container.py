"""The signature that is put into a PDF: built in one way only, so that whatever was built otherwise is not ours.

RFC 5652 with the attributes of ETSI EN 319 142-1, 6.3 (PAdES B-B): ECDSA on P-256 over SHA-256.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

ALGORITHM = ec.ECDSA(hashes.SHA256())


# Object identifiers as they are written (ITU-T X.690): RFC 5652, RFC 5035, RFC 5754, RFC 5758.
DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
SHA256 = bytes.fromhex("0609608648016503040201")
ECDSA_WITH_SHA256 = bytes.fromhex("06082a8648ce3d040302")
SEQUENCE, SET, OCTETS, INTEGER, FIRST = 0x30, 0x31, 0x04, 0x02, 0xA0


@dataclass(frozen=True)
class Container:
    """A signature taken apart: the signer's certificate, those that came with it, and the value."""

    own: bytes
    others: Sequence[bytes]
    value: bytes


def signed(key: ec.EllipticCurvePrivateKey, certificates: Sequence[Certificate], digest: bytes) -> bytes:
    """The signature of a digest, DER; the first certificate is the key's own."""
    own, *others = (one.public_bytes(Encoding.DER) for one in certificates)
    return _built(Container(own, others, key.sign(_der(SET, _attributes(digest, own)), ALGORITHM)), digest)


def holds(der: bytes, certificate: Certificate, digest: bytes) -> bool:
    """Whether the certificate's key signed exactly this digest, and nothing else was put into the signature."""
    found, key = _taken_apart(der, certificate.public_bytes(Encoding.DER)), certificate.public_key()
    if found is None or not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    built = _built(found, digest)
    if not der.startswith(built) or der[len(built) :].strip(b"\0"):
        return False
    try:
        key.verify(found.value, _der(SET, _attributes(digest, found.own)), ALGORITHM)
    except InvalidSignature:
        return False
    return True


def _taken_apart(der: bytes, own: bytes) -> Container | None:
    try:
        content = cms.ContentInfo.load(der)["content"]
        [signer] = content["signer_infos"]
        every = [one.chosen.dump() for one in content["certificates"]]
        return Container(own, [one for one in every if one != own], signer["signature"].native)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None  # what asn1crypto raises for a broken structure


def _built(container: Container, digest: bytes) -> bytes:
    algorithms = _der(SET, _der(SEQUENCE, SHA256))
    version = _der(INTEGER, b"\x01")
    signer = _der(
        SEQUENCE,
        version,
        _issuer_and_number(container.own),
        _der(SEQUENCE, SHA256),
        _der(FIRST, _attributes(digest, container.own)),
        _der(SEQUENCE, ECDSA_WITH_SHA256),
        _der(OCTETS, container.value),
    )
    certificates = _der(FIRST, *sorted([container.own, *container.others]))  # a SET, so in the order of DER
    content = _der(SEQUENCE, version, algorithms, _der(SEQUENCE, DATA), certificates, _der(SET, signer))
    return _der(SEQUENCE, SIGNED_DATA, _der(FIRST, content))


def _attributes(digest: bytes, own: bytes) -> bytes:
    """What is signed: the file's digest, and which certificate belongs to the key. In the order of DER."""
    which = _der(SEQUENCE, _der(SEQUENCE, _der(SEQUENCE, _der(OCTETS, sha256(own).digest()))))
    attributes = [(CONTENT_TYPE, DATA), (MESSAGE_DIGEST, _der(OCTETS, digest)), (SIGNING_CERTIFICATE, which)]
    return b"".join(sorted(_der(SEQUENCE, name, _der(SET, value)) for name, value in attributes))


@lru_cache(maxsize=16)
def _issuer_and_number(own: bytes) -> bytes:
    inside = asn1.Certificate.load(own)["tbs_certificate"]
    return _der(SEQUENCE, inside["issuer"].dump(), inside["serial_number"].dump())


def _der(tag: int, *parts: bytes) -> bytes:
    """A value with its tag and length."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content

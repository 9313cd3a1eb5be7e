"""The signature that is put into a PDF: built in one way only, so that whatever was built otherwise is not ours.

RFC 5652 with the attributes of ETSI EN 319 142-1, 6.3 (PAdES B-B): ECDSA on P-256 over SHA-256.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

ALGORITHM = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True)
class Container:
    """A signature taken apart: the signer's certificate with those above it, and the value."""

    certificates: Sequence[asn1.Certificate]
    value: bytes


def signed(key: ec.EllipticCurvePrivateKey, certificates: Sequence[Certificate], digest: bytes) -> bytes:
    """The signature of a digest, DER; the first certificate is the key's own."""
    plain = [asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in certificates]
    return _built(Container(plain, key.sign(_attributes(digest, plain[0]).dump(), ALGORITHM)), digest)


def holds(der: bytes, certificate: Certificate, digest: bytes) -> bool:
    """Whether the certificate's key signed exactly this digest, and nothing else was put into the signature."""
    found, key = _taken_apart(der), certificate.public_key()
    if found is None or not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    own = found.certificates[0]
    built = _built(found, digest)
    if (
        own.dump() != certificate.public_bytes(Encoding.DER)
        or not der.startswith(built)
        or der[len(built) :].strip(b"\0")
    ):
        return False
    try:
        key.verify(found.value, _attributes(digest, own).dump(), ALGORITHM)
    except InvalidSignature:
        return False
    return True


def _taken_apart(der: bytes) -> Container | None:
    try:
        content = cms.ContentInfo.load(der)["content"]
        [signer] = content["signer_infos"]
        certificates = [one.chosen for one in content["certificates"]]
        own = [one for one in certificates if one.sha256 == _which(signer)]
        others = [one for one in certificates if one not in own]
        return Container([*own, *others], signer["signature"].native) if len(own) == 1 else None
    except (ValueError, TypeError, LookupError, AttributeError):
        return None  # what asn1crypto raises for a broken structure


def _which(signer: cms.SignerInfo) -> bytes:
    """The SHA-256 of the signer's own certificate."""
    [attribute] = [one for one in signer["signed_attrs"] if one["type"].native == "signing_certificate_v2"]
    return bytes(attribute["values"][0]["certs"][0]["cert_hash"].native)


def _built(container: Container, digest: bytes) -> bytes:
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": container.certificates,
            "signer_infos": [_signer(container, digest)],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": content}).dump())


def _attributes(digest: bytes, certificate: asn1.Certificate) -> cms.CMSAttributes:
    """What is signed: the file's digest, and which certificate belongs to the key."""
    which = tsp.SigningCertificateV2({"certs": [{"cert_hash": certificate.sha256}]})
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [which]}),
        ]
    )


def _signer(container: Container, digest: bytes) -> cms.SignerInfo:
    own = container.certificates[0]
    named = cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": named}),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": _attributes(digest, own),
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": container.value,
        }
    )

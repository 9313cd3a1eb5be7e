"""Keys with a certificate: one of this machine's own making, and reading those that were given (PKCS#12, PEM)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

OWN_NAME = "居民健康服务门户（本机自签，不具法律效力）"
YEARS = 10


class Unusable(Exception):
    """No such key or certificate can be used; the message never repeats what was given."""


@dataclass(frozen=True)
class KeyPair:
    """A private key on the curve P-256, its certificate, and those of the authorities above it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def is_self_signed(self) -> bool:
        """Nobody but its holder vouches for it."""
        return self.certificate.issuer == self.certificate.subject


def self_signed(name: str = OWN_NAME) -> str:
    """A new key whose certificate says itself that nobody vouches for it; base64 of PKCS#12, without a password."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _packed(key, name, name, key)


def vouched_for(name: str = "清河口县卫生健康局", by: str = "某电子认证机构") -> str:
    """A new key as a licensed authority hands one out, for checks that must see one: base64 of PKCS#12."""
    return _packed(ec.generate_private_key(ec.SECP256R1()), name, by, ec.generate_private_key(ec.SECP256R1()))


def _packed(key: ec.EllipticCurvePrivateKey, name: str, by: str, authority: ec.EllipticCurvePrivateKey) -> str:
    whose, whom = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (by, name))
    # A certificate is dated by the machine's clock, as whoever checks it will: no page or rule depends on it.
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(whose, whom, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * YEARS))
        .add_extension(_FOR_SIGNING, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(authority, hashes.SHA256())
    )
    packed = pkcs12.serialize_key_and_certificates(b"portal", key, certificate, None, NoEncryption())
    return base64.b64encode(packed).decode()


_FOR_SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def opened(packed: str, password: str) -> KeyPair:
    """The pair in a base64 PKCS#12 file. Raises Unusable for anything but a P-256 key with its certificate."""
    try:
        inside = pkcs12.load_pkcs12(base64.b64decode(packed, validate=True), password.encode() or None)
    except (binascii.Error, ValueError):
        raise Unusable("not a PKCS#12 file in base64, or another password") from None
    if not isinstance(inside.key, ec.EllipticCurvePrivateKey) or not isinstance(inside.key.curve, ec.SECP256R1):
        raise Unusable("no key on the curve P-256")
    if inside.cert is None:
        raise Unusable("no certificate for the key")
    return KeyPair(inside.key, inside.cert.certificate, tuple(one.certificate for one in inside.additional_certs))


def certificates(pem: str) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM text, none where it is empty. Raises Unusable for a text that holds something else."""
    if not pem.strip():
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        raise Unusable("no PEM certificates") from None

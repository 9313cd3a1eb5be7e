"""Certificates made for a test, and a server that demands one."""

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOTHING = b'{"resourceType": "Bundle", "type": "searchset", "entry": []}'
STATEMENT = (
    b'{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"resource": [{"type": "Patient"}]}]}'
)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.sealed_key(serialization.NoEncryption())

    def sealed_key(self, how: serialization.KeySerializationEncryption) -> str:
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, how).decode()


def made(name: str, by: Pair | None = None, *, host: str = "127.0.0.1", days: int = 30, age: int = 1) -> Pair:
    """A certificate for `name` and an address, signed by `by` or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=age))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if by is not None:
        named = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(named, critical=False).add_extension(own, critical=False)
    return Pair(builder.sign((by or Pair(None, key)).key, hashes.SHA256()), key)  # type: ignore[arg-type]  # itself


class _Handler(BaseHTTPRequestHandler):
    """Answers as a FHIR server without data, and remembers who asked."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.heads.append(dict(self.headers))
        body = STATEMENT if self.path.endswith("/metadata") else NOTHING
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that fails is what some tests are about."""


@contextmanager
def serving(server: Pair, clients: Pair | None) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """An HTTPS server on loopback, which may demand a certificate of `clients`; its place, and what it heard."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(server.certificate_pem + server.key_pem)
        file.flush()
        context.load_cert_chain(Path(file.name))
    if clients is not None:
        context.load_verify_locations(cadata=clients.certificate_pem)
        context.verify_mode = ssl.CERT_REQUIRED
    http = _Quiet(("127.0.0.1", 0), _Handler)
    http.heads = []  # type: ignore[attr-defined]  # what the handler writes down
    http.socket = context.wrap_socket(http.socket, server_side=True)
    Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"127.0.0.1:{http.server_port}", http.heads  # type: ignore[attr-defined]  # see above
    finally:
        http.shutdown()
        http.server_close()

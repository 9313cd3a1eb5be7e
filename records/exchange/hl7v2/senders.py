"""Who may send: the HL7 v2 sources, by network address, and by port, MSH-3 and MSH-4 where their settings name them."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from records.exchange.hl7v2.acknowledging import Envelope
from records.exchange.models import Source

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Sender:
    """A source as the listener knows it; what is empty is not asked for, an address always is."""

    source: Source
    networks: tuple[Network, ...]
    application: str = ""
    facility: str = ""
    port: int = 0
    charset: str = ""

    @property
    def paused(self) -> bool:
        """Whether staff have paused it."""
        return bool(self.source.state == Source.State.PAUSED)

    def may_be(self, peer: str, port: int) -> bool:
        """Whether a connection may come from this sender."""
        address = _address(peer)
        near = address is not None and any(address in network for network in self.networks)
        return near and self.port in (0, port)

    def wrote(self, envelope: Envelope) -> bool:
        """Whether a message names this sender."""
        said = (envelope.application, envelope.facility)
        return all(wanted in ("", given) for wanted, given in zip((self.application, self.facility), said, strict=True))

    @property
    def precision(self) -> int:
        """How much it asks for: of two that fit, the one that asks for more is meant."""
        return sum(map(bool, (self.application, self.facility, self.port)))


def known() -> list[Sender]:
    """The senders by the rows of today (`allowed_hosts`: addresses or networks; `options`: the rest)."""
    return [sender(source) for source in Source.objects.filter(kind=Source.Kind.HL7V2).select_related("facility")]


def sender(source: Source) -> Sender:
    """The sender of a source; settings of the wrong type count as none."""
    options = source.options if isinstance(source.options, dict) else {}
    port = options.get("port")
    return Sender(
        source=source,
        networks=tuple(network for host in source.allowed_hosts if (network := _network(host)) is not None),
        application=str(options.get("application") or ""),
        facility=str(options.get("facility") or ""),
        port=port if isinstance(port, int) else 0,
        charset=str(options.get("charset") or ""),
    )


def choose(senders: Iterable[Sender], envelope: Envelope) -> Sender | None:
    """Whose message it is, of those whose connection it may be; None where nobody fits, or two fit equally well."""
    fitting = sorted((one for one in senders if one.wrote(envelope)), key=lambda one: one.precision, reverse=True)
    if len(fitting) > 1 and fitting[0].precision == fitting[1].precision:
        return None
    return fitting[0] if fitting else None


def _network(host: str) -> Network | None:
    try:
        return ipaddress.ip_network(host.strip(), strict=False)
    except ValueError:
        return None


def _address(peer: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address

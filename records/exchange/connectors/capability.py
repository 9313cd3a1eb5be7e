"""What a FHIR server says of itself (CapabilityStatement): its version, and which kinds of resources it has."""

import re
from dataclasses import dataclass

from records.exchange.fhir_versions import KNOWN, LAYOUTS, R4
from records.exchange.mapping import ASKED, OPTIONAL
from records.exchange.models import StoredFile
from records.exchange.problems import PullFailed
from records.exchange.reading import Resource

UNKNOWN = "机构接口是 FHIR {version}，门户只能读取 STU3（3.x）、R4（4.x）和 R5（5.x）。请机构提供其中一种，最好是 R4。"
_VERSION = re.compile(r"[0-9A-Za-z.\-]{1,20}")


@dataclass(frozen=True)
class Capability:
    """A server's version as it writes it (empty where it does not), and the kinds it lists (None: it does not say)."""

    version: str = ""
    kinds: frozenset[str] | None = None

    @property
    def asked(self) -> list[str]:
        """The kinds worth asking for, in their order."""
        return [kind for kind in ASKED if (kind in self.kinds if self.kinds is not None else kind not in OPTIONAL)]

    @property
    def layout(self) -> StoredFile.Layout | None:
        """As what answers are kept that must be translated first; None for R4."""
        return LAYOUTS.get(self.version.partition(".")[0])


def capability_of(statement: Resource) -> Capability:
    """What the statement says; one that says nothing is taken for R4. Raises PullFailed for a version nobody reads."""
    said = statement.get("fhirVersion")
    version = said if isinstance(said, str) and _VERSION.fullmatch(said) else ""
    if (version.partition(".")[0] or R4) not in KNOWN:
        raise PullFailed(UNKNOWN.format(version=version))
    return Capability(version, _kinds(statement))


def _kinds(statement: Resource) -> frozenset[str] | None:
    rest = statement.get("rest")
    first = rest[0] if isinstance(rest, list) and rest and isinstance(rest[0], dict) else {}
    listed = first.get("resource")
    kinds = [item.get("type") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return frozenset(str(kind) for kind in kinds) or None

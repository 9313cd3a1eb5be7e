"""A program with a token, and what it asks of `/fhir/`."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from residents.models import AccessEvent
from tests.residents.connected.programs import EVERYTHING, program, tokens_of


@dataclass
class Fhir:
    """One token, shown with each request; no cookies."""

    token: str

    def get(self, path: str, **headers: str) -> Any:
        """GET /fhir/..."""
        return Client().get(f"/fhir/{path}", headers={"Authorization": f"Bearer {self.token}", **headers})

    def post(self, path: str, sent: dict[str, str]) -> Any:
        """POST /fhir/..."""
        return Client().post(f"/fhir/{path}", sent, headers={"Authorization": f"Bearer {self.token}"})

    def found(self, path: str) -> list[dict[str, Any]]:
        """The resources that a search finds."""
        entries = self.get(path).json().get("entry", [])
        return [entry["resource"] for entry in entries if entry["search"]["mode"] == "match"]


def let_in(browser: Client, *kinds: str, scope: str = EVERYTHING) -> Fhir:
    """A program that was just let in by the person of this browser."""
    return Fhir(tokens_of(browser, program(), *kinds, scope=scope)["access_token"])


def looks() -> list[AccessEvent]:
    """What programs did, as the log has it."""
    found = AccessEvent.objects.using("owner").filter(action__startswith="records.program_")
    return list(found.order_by("at", "id"))

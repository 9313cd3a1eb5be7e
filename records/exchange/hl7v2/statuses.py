"""Result statuses (HL7 tables 0085 and 0123) and order controls (0119) in the words of FHIR."""

from records.exchange.hl7v2.grouping import Order
from records.exchange.hl7v2.segments import Segment

# I, O and N have no result yet. X is one that cannot be had; D and W were somebody's mistake.
RESULTS = {
    "F": "final",
    "U": "final",
    "V": "final",
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "C": "corrected",
    "A": "amended",
    "B": "amended",
    "X": "cancelled",
    "D": "entered-in-error",
    "W": "entered-in-error",
    "I": "registered",
    "O": "registered",
    "N": "registered",
}
ORDERS = {
    "O": "registered",
    "I": "registered",
    "S": "registered",
    "A": "partial",
    "P": "preliminary",
    "R": "preliminary",
    "C": "corrected",
    "M": "corrected",
    "F": "final",
    "X": "cancelled",
    "D": "entered-in-error",
    "W": "entered-in-error",
}
# Cancel the order; cancelled, by the laboratory; cancelled as asked.
CANCELS = frozenset({"CA", "OC", "CR"})
WITHDRAWN = frozenset({"cancelled", "entered-in-error"})


def is_cancelled(order: Order) -> bool:
    """Whether the order was cancelled as a whole."""
    control = order.control
    if control is None:
        return False
    return control.text(1).upper() in CANCELS or (control.text(5).upper() == "CA" and not order.results)


def order_status(order: Order) -> str:
    """The report's status: OBR-25, unless the order is cancelled or its results say more than that."""
    if is_cancelled(order):
        return "cancelled"
    said = ORDERS.get(order.request.text(25).upper(), "") if order.request else ""
    found = {result_status(result.obx, "final") for result in order.results} - {"registered"}
    if not found:
        return said or ("final" if order.notes else "registered")
    if found <= WITHDRAWN:
        return "cancelled" if "cancelled" in found else "entered-in-error"
    return _together(said, found)


def _together(said: str, found: set[str]) -> str:
    corrected = bool(found & {"corrected", "amended"})
    if said == "registered":
        return "partial"
    if said == "final" or not said:
        return "corrected" if corrected else _unfinished(said, found)
    return said


def _unfinished(said: str, found: set[str]) -> str:
    return "preliminary" if not said and "preliminary" in found else "final"


def result_status(obx: Segment, otherwise: str) -> str:
    """OBX-11; where it says nothing known, `otherwise`."""
    return RESULTS.get(obx.text(11).upper(), otherwise)

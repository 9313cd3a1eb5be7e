"""The segments of a message put together: patients, their visits, their orders, and the results and notes of each."""

from dataclasses import dataclass, field

from records.exchange.hl7v2.segments import Message, Segment
from records.exchange.translating import Untranslatable

NO_PATIENT = "消息里没有患者（PID 段），不能确定是哪位患者的结果。请机构补充。"
NO_ORDER = "OBX 之前没有 OBR 段，不能确定属于哪份报告。请机构补充 OBR。"


@dataclass
class Result:
    """An OBX and the notes under it."""

    obx: Segment
    notes: list[Segment] = field(default_factory=list)


@dataclass
class Order:
    """An order: ORC, OBR, its specimens, notes and results. An order that is only cancelled may have no OBR."""

    control: Segment | None
    request: Segment | None
    specimens: list[Segment] = field(default_factory=list)
    notes: list[Segment] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


@dataclass
class PatientGroup:
    """A patient, the visit, and the orders."""

    pid: Segment
    visit: Segment | None = None
    merge: Segment | None = None
    orders: list[Order] = field(default_factory=list)


class _Walk:
    """Where one is in a message: the group, the order, and whose notes come next."""

    def __init__(self) -> None:
        self.groups: list[PatientGroup] = []
        self._notes: list[Segment] | None = None

    def take(self, segment: Segment) -> None:
        """Put one segment where it belongs; those that say nothing the portal shows belong nowhere."""
        if segment.name == "NTE":
            if self._notes is not None:
                self._notes.append(segment)
            return
        step = _STEPS.get(segment.name)
        if step is not None:
            step(self, segment)

    def pid(self, segment: Segment) -> None:
        self.groups.append(PatientGroup(segment))
        self._notes = None

    def pv1(self, segment: Segment) -> None:
        self._group().visit = segment
        self._notes = None

    def mrg(self, segment: Segment) -> None:
        self._group().merge = segment

    def orc(self, segment: Segment) -> None:
        self._notes = None
        self._group().orders.append(Order(segment, None))

    def obr(self, segment: Segment) -> None:
        """An ORC is for the OBR behind it alone: a second OBR is not cancelled with the first."""
        orders = self._group().orders
        if orders and orders[-1].request is None:
            orders[-1].request = segment
        else:
            orders.append(Order(None, segment))
        self._notes = orders[-1].notes

    def obx(self, segment: Segment) -> None:
        orders = self._group().orders
        if not orders or orders[-1].request is None:
            raise Untranslatable(NO_ORDER)
        orders[-1].results.append(Result(segment))
        self._notes = orders[-1].results[-1].notes

    def spm(self, segment: Segment) -> None:
        """A specimen comes after its order."""
        self._notes = None
        if self._group().orders:
            self._group().orders[-1].specimens.append(segment)

    def _group(self) -> PatientGroup:
        if not self.groups:
            raise Untranslatable(NO_PATIENT)
        return self.groups[-1]


_STEPS = {
    "PID": _Walk.pid,
    "PV1": _Walk.pv1,
    "MRG": _Walk.mrg,
    "ORC": _Walk.orc,
    "OBR": _Walk.obr,
    "OBX": _Walk.obx,
    "SPM": _Walk.spm,
}


def groups(message: Message) -> list[PatientGroup]:
    """The patients of a message with all that is theirs; raises Untranslatable for what belongs to nobody."""
    walk = _Walk()
    for segment in message.segments:
        walk.take(segment)
    if not walk.groups:
        raise Untranslatable(NO_PATIENT)
    return walk.groups


def patients(message: Message) -> list[PatientGroup]:
    """Patients, visits and merges alone (ADT): what else such a message carries the portal does not show."""
    walk = _Walk()
    for segment in message.segments:
        if segment.name in {"PID", "PV1", "MRG"}:
            walk.take(segment)
    if not walk.groups:
        raise Untranslatable(NO_PATIENT)
    return walk.groups

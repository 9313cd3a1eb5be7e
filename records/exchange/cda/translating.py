"""A CDA document as entries: its patient, and what it says that the portal shows."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange.bundles import Entry
from records.exchange.cda import kinds, medicines, records, reports
from records.exchange.cda.header import Header, read_header
from records.exchange.cda.xml import parse
from records.exchange.translating import Setup

MAKERS: dict[str, Callable[[Header, Element], Iterator[dict[str, Any]]]] = {
    kinds.EXAMINATION: reports.examination,
    kinds.LABORATORY: reports.laboratory,
    kinds.WESTERN: medicines.prescription,
    kinds.CHINESE: medicines.prescription,
    kinds.DISCHARGE: records.discharge,
    kinds.BASICS: records.basics,
    kinds.HYPERTENSION: partial(records.follow_up, code=kinds.HYPERTENSION),
    kinds.DIABETES: partial(records.follow_up, code=kinds.DIABETES),
    kinds.CHECK_UP: records.check_up,
}


def translate(raw: bytes, setup: Setup) -> Iterator[Entry]:
    """The resources of a document, its patient first; raises Untranslatable.

    The header's facility counts where the document has one; a document that names none is the source's own.
    """
    root = parse(raw, setup.charset)
    make = MAKERS[kinds.kind_of(root)]
    header = read_header(root)
    for number, resource in enumerate([header.patient, *make(header, root)]):
        yield Entry("", resource, number=number)

"""Under which actions the access log holds reads of this room's tables (foundation.tally)."""

from records import access, awaiting, history, imaging, special, suggesting
from records.booklet import links as once
from records.booklet import parcels
from records.booklet import reading as booklets
from records.conditions import finding
from records.disputes import asking
from records.fhir import bundles
from records.growth import reading as growing
from records.links import links, opening
from records.lists import reading as lists
from records.own import logged as own
from records.programmes import reading as programmes
from records.search import finding as searching
from records.services import answering
from records.trends import reading
from records.vaccination import reading as vaccinating

DEEDS = (
    access.READ_SUMMARY,
    lists.READ_SECTION,
    lists.READ_THING,
    lists.LIST_REPORTS,
    lists.LIST_ITEMS,
    searching.SEARCHED,
    access.READ_REPORT,
    access.DOWNLOAD_REPORT,
    history.READ_EARLIER,
    history.DOWNLOAD_ORIGINAL,
    imaging.VIEW_PICTURE,
    imaging.OPEN_VIEWER,
    suggesting.SUGGESTED,
    *asking.READS,
    awaiting.SAW,
    special.LISTED,
    special.READ,
    *answering.READS,
    booklets.TOOK,
    parcels.FETCHED,
    parcels.SHOWN,
    once.MADE,
    once.USED,
    finding.READ_CONDITION,
    *own.READS,
    reading.READ_TREND,
    programmes.LIST_FOLLOW_UPS,
    programmes.READ_CHECK_UP,
    programmes.READ_FOLLOW_UP,
    programmes.READ_DOCUMENT,
    growing.READ_GROWTH,
    vaccinating.READ_VACCINATIONS,
    bundles.SUMMARY,
    bundles.DOCUMENT,
    links.MADE,
    links.LISTED,
    opening.OPENED,
    opening.REFUSED,
    opening.TOOK,
)

"""找一找: the words come by POST and stay in the session; the answer's address has a random name for them."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from foundation import clock
from records.pages import for_resident, kept_nowhere
from records.presenters import hits
from records.search import finding, kept
from records.search.forms import SearchForm, number
from records.search.places import PLACES
from records.search.words import Question, understood
from residents.access import Viewer


@require_http_methods(["GET", "HEAD", "POST"])
@for_resident("records", "results")
def search(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The page to look for something in the whole record, with what was found."""
    if request.method == "POST":
        return _asked(request, viewer)
    name = request.GET.get("s", "")
    typed = kept.kept(request.session, viewer, name) if name else None
    now = clock.now()
    question = understood(typed, now) if typed else Question("")
    place = request.GET.get("kind", "")
    found = finding.answer(viewer, question, place=place, page=number(request.GET.get("page")), now=now)
    context = {
        "typed": typed or "",
        "name": name,
        "question": question,
        "forgotten": bool(name) and typed is None,
        "kind": PLACES.get(place),
        "shown": hits.shown(found, question),
    }
    return kept_nowhere(render(request, "records/search.html", context))


def _asked(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep the words, and lead to the answer; nothing typed leads to the empty page."""
    form = SearchForm(request.POST)
    form.is_valid()
    typed = form.cleaned_data.get("q", "")
    address = reverse("records:search")
    if not typed:
        return redirect(address)
    return redirect(f"{address}?{urlencode({'s': kept.keep(request.session, viewer, typed)})}")

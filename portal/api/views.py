"""What programmers read: the schema, and a page that lists what can be asked. Public, as it holds nobody's data."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.api.problems import KINDS
from foundation.middleware import own_transaction
from portal.api import description

JSON, YAML = "application/vnd.oai.openapi+json; charset=utf-8", "application/vnd.oai.openapi; charset=utf-8"


@login_not_required
@own_transaction
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The schema as JSON; as YAML with ?format=yaml."""
    if request.GET.get("format") == "yaml":
        return HttpResponse(description.as_yaml(), content_type=YAML)
    return HttpResponse(description.as_json(), content_type=JSON)


@login_not_required
@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    """What can be asked, and how refusals look."""
    context = {"subjects": description.by_tag(), "problems": list(KINDS.values())}
    return render(request, "portal/api.html", context)

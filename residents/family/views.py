"""家人和代办: who helps me, whom I help, and acting for them. Always about oneself, whomever the session acts for."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from residents.access import Viewer, own_viewer_of
from residents.acting import act_for
from residents.family import deeds, reading, terms
from residents.family.codes import forget_code, keep_code, kept_code, picture_of
from residents.family.deeds import FamilyRefusal
from residents.family.forms import AgreeForm, CodeForm, InviteForm
from residents.family.words import application_lines, helped_lines, helper_lines, invitation_lines, scope_words
from residents.models import Invitation
from residents.proving import needs_recent_proof, proved_recently, to_proof


@require_safe
def family(request: HttpRequest) -> HttpResponse:
    """Who helps me, whom I help, what waits."""
    viewer, now = reading.person_at_hand(request), clock.now()
    found = reading.family_of(viewer, now)
    context = {
        "helpers": helper_lines(found.helpers),
        "helped": helped_lines(found.helped, now),
        "invitations": invitation_lines(found.invitations),
        "applications": application_lines(found.applications),
        "growing": found.growing,
        "of_age": reading.is_of_age(viewer, now),
        "at_counter": not viewer.is_self,
    }
    return render(request, "residents/family/family.html", context)


@needs_recent_proof()
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Choose what and how long, agree, and get a code to hand over."""
    viewer, now = own_viewer_of(request), clock.now()
    words = reading.words_for_delegates(now)
    form = InviteForm(request.POST or None, choices=reading.term_choices(now))
    if request.method == "POST" and form.is_valid():
        code, given = terms.new_code(), form.cleaned_data
        try:
            made = deeds.invite(viewer=viewer, scope=given["scope"], months=given["months"], code=code, words=words)
        except FamilyRefusal as refusal:
            form.add_error(None, str(refusal))
        else:
            keep_code(request, made, code)
            return redirect("residents:invitation", made)
    return render(request, "residents/family/invite.html", {"form": form, "words": words})


@require_safe
def invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """The code, as long as this session lasts and nobody has taken it up."""
    viewer, now = own_viewer_of(request), clock.now()
    mine = Invitation.objects.filter(resident_id=viewer.resident_id)
    found = mine.open(now).filter(pk=invitation_id).first()
    if found is None:
        forget_code(request)
        raise Http404
    code = kept_code(request, invitation_id)
    context = {
        "invitation": found,
        "scope": scope_words(found.scope),
        "code": terms.grouped(code) if code else "",
        "picture": picture_of(code) if code else "",
    }
    return render(request, "residents/family/invitation.html", context)


@require_POST
def withdraw_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Make the code useless."""
    if deeds.withdraw_invitation(viewer=own_viewer_of(request), invitation_id=invitation_id):
        messages.success(request, _("邀请已撤回，邀请码不能再用。"))
    forget_code(request)
    return redirect("residents:family")


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest) -> HttpResponse:
    """Code and birth date; then what one takes on; then yes."""
    viewer = own_viewer_of(request)
    form = CodeForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            if "accept" in request.POST:
                return _accepted(request, viewer, form)
            context["offer"] = reading.offer_behind(viewer, form.cleaned_data["code"], form.cleaned_data["birth"])
        except FamilyRefusal as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_no_match(form, context["offer"])
    if offer := context.get("offer"):
        context |= {"scope": scope_words(offer.scope), "until": reading.day_after(clock.now(), offer.months)}
    return render(request, "residents/family/accept.html", context)


def _accepted(request: HttpRequest, viewer: Viewer, form: CodeForm) -> HttpResponse:
    made = deeds.accept(viewer=viewer, code=form.cleaned_data["code"], birth=form.cleaned_data["birth"])
    if made is None:
        _say_no_match(form, None)
        return render(request, "residents/family/accept.html", {"form": form})
    messages.success(request, _("已接受。现在就可以为这位家人办理。"))
    return redirect("residents:family")


def _say_no_match(form: CodeForm, offer: object) -> None:
    if offer is None:
        form.add_error(None, _("邀请码或出生日期不对，或者邀请已经过期、用过。请和家人核对。"))


@require_http_methods(["GET", "HEAD", "POST"])
def end_delegation(request: HttpRequest, delegation_id: UUID) -> HttpResponse:
    """What ending means; then it ends at once."""
    viewer, now = reading.person_at_hand(request), clock.now()
    tie = reading.tie_of(viewer, delegation_id, now)
    if tie is None or (tie.is_guardian and viewer.is_self and tie.delegation.resident_id == viewer.resident_id):
        raise Http404
    if request.method == "POST":
        if deeds.end(viewer=viewer, delegation_id=delegation_id):
            messages.success(request, _("代办已终止，马上生效。双方都会收到消息。"))
        return redirect("residents:family")
    helps_me = tie.delegation.resident_id == viewer.resident_id
    context = {"tie": tie, "helps_me": helps_me, "scope": scope_words(tie.reach)}
    return render(request, "residents/family/end.html", context)


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """From now on this session acts for a person who lets it."""
    ties = reading.helped_by(request, clock.now())
    wanted = next((tie for tie in ties if str(tie.delegation.resident_id) == request.POST.get("resident")), None)
    if wanted is None:
        messages.warning(request, _("这项代办已经结束，或者还没有开始。"))
        return redirect("residents:family")
    act_for(request, wanted.delegation.resident_id)
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: HttpRequest, delegation_id: UUID) -> HttpResponseBase:
    """What a young person lets the guardian see from 14 on."""
    now = clock.now()
    viewer, grown = _growing(request, delegation_id)
    if not grown.may_agree:
        raise Http404
    if viewer.is_self and not proved_recently(request, now):
        return to_proof(request)
    held = grown.tie.delegation
    form = AgreeForm(request.POST if request.method == "POST" else None, initial={"scope": held.agreed_scope})
    if request.method == "POST" and form.is_valid():
        deeds.agree_to_guardian(viewer=viewer, delegation_id=held.pk, scope=form.cleaned_data["scope"])
        messages.success(request, _("已记下您的决定，以后随时可以改。"))
        return redirect("residents:family")
    return render(request, "residents/family/agree.html", {"form": form, "grown": grown, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: HttpRequest, delegation_id: UUID) -> HttpResponseBase:
    """A young person agrees that the guardian helps on after 18."""
    now = clock.now()
    viewer, grown = _growing(request, delegation_id)
    if not grown.may_keep:
        raise Http404
    if viewer.is_self and not proved_recently(request, now):
        return to_proof(request)
    words = reading.words_for_delegates(now)
    form = InviteForm(request.POST or None, choices=reading.term_choices(now))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        deeds.keep_helping(
            viewer=viewer, delegation_id=delegation_id, scope=given["scope"], months=given["months"], words=words
        )
        messages.success(request, _("已约定，满18周岁那天开始生效。"))
        return redirect("residents:family")
    return render(request, "residents/family/keep.html", {"form": form, "grown": grown, "words": words})


def _growing(request: HttpRequest, delegation_id: UUID) -> tuple[Viewer, reading.Growing]:
    viewer, now = reading.person_at_hand(request), clock.now()
    tie = reading.tie_of(viewer, delegation_id, now)
    grown = reading.growing(tie, now) if tie and tie.is_guardian else None
    if grown is None or grown.tie.delegation.resident_id != viewer.resident_id:
        raise Http404
    return viewer, grown

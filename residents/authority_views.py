"""Signing in through an authority, and which authorities open one's own account.

Out by a form of ours, back to one address for each authority, and at once on to a page without the code in its
address. What goes wrong is said in one sentence that is the same whoever it was about.
"""

import logging
from datetime import datetime

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.dated import setting
from foundation.middleware import own_transaction
from residents import actions, proof_ways, proving
from residents.access import address_of, own_viewer_of
from residents.authorities import binding, flows, freshness, pending, presenters, recognition
from residents.authorities.forms import SlipForm
from residents.authorities.port import Authority, Failed, Proof, configured
from residents.models import Account
from residents.models.binding import subject_index
from residents.redirects import is_own_path

logger = logging.getLogger(__name__)


@login_not_required
@require_POST
@own_transaction
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Send the browser to an authority: to sign in, or, signed in, to bind it to one's account."""
    authority, now = _authority(key), clock.now()
    if not ratelimit.consume(request, action="authority"):
        return _say(request, _("操作太频繁了，请过一分钟再试。"))
    again = _is_bound_person(request.user, authority)
    if isinstance(request.user, Account) and not again:
        if why_not := presenters.obstacle(authority, request.user, now):
            return _say(request, why_not)
        if not proving.proved_recently(request, now):
            return _prove_first(request)
    wanted = request.POST.get("next", "")
    flow = flows.open_flow(request, authority.key, wanted if is_own_path(wanted) else "", now, again=again)
    try:
        return redirect(authority.begin(flow, _back(request, authority), now))
    except Failed as failure:
        return _failed(request, authority, failure)


@login_not_required
@require_GET
@own_transaction
def callback(request: HttpRequest, key: str) -> HttpResponseBase:
    """What the browser brings back from an authority; the answer is always another address."""
    authority, now = _authority(key), clock.now()
    try:
        flow = flows.take_flow(request, authority.key, now)
        if flow.account != (str(request.user.pk) if request.user.is_authenticated else ""):
            raise Failed("another account than the one that set out")
        if flow.again and not _is_bound_person(request.user, authority):
            raise Failed("the binding to be shown once more was ended meanwhile")
        proof = authority.finish(request.GET.dict(), flow, _back(request, authority), now)
        if isinstance(request.user, Account):
            return _bind(request, request.user, proof, flow.next, now)
        return _sign_in(request, authority, proof, flow.next, now)
    except Failed as failure:
        return _failed(request, authority, failure)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@own_transaction
def unbound(request: HttpRequest) -> HttpResponseBase:
    """Verified, but without a number: bind it by a slip from a counter or by signing in, with no question for it."""
    now = clock.now()
    if request.user.is_authenticated:
        return redirect("residents:bindings")
    proof = pending.kept(request, now)
    if proof is None:
        return redirect("account_login")
    form = SlipForm(request.POST or None)
    if form.is_valid():
        if answer := _activate(request, proof, form.cleaned_data["code"], now):
            return answer
        form.add_error("code", _("激活码不对，或者已经用过、过期。请对着纸条核对；还不行就到窗口重新打印。"))
    after = f"{reverse('account_login')}?{urlencode({'next': reverse('residents:bindings')})}"
    return render(
        request,
        "residents/authority_unbound.html",
        {"sign_in": after, "form": form, "minutes": setting(flows.MINUTES, now)},
    )


@require_safe
def again(request: HttpRequest) -> HttpResponse:
    """Show once more who one is, at the authority that is bound."""
    viewer, wanted = own_viewer_of(request), request.GET.get("next", "")
    authority = binding.person_authority(viewer.account_id)
    if authority is None:
        return redirect("residents:bindings")
    context = {"authority": authority, "next": wanted if is_own_path(wanted) else ""}
    return render(request, "residents/authority_again.html", context)


@require_safe
def bindings(request: HttpRequest) -> HttpResponse:
    """Which authorities open my account, and which might."""
    viewer, now = own_viewer_of(request), clock.now()
    account = request.user
    assert isinstance(account, Account)
    waiting = pending.kept(request, now)
    context = {
        "ways": presenters.ways(account, binding.live_of(viewer.account_id), now),
        "waiting": configured().get(waiting.authority) if waiting else None,
        "name": account.name,
    }
    return render(request, "residents/bindings.html", context)


@require_POST
@own_transaction
def bind_pending(request: HttpRequest) -> HttpResponseBase:
    """Bind the proof that was made before signing in to the account signed in with now."""
    viewer, now = own_viewer_of(request), clock.now()
    account, proof = request.user, pending.take(request, clock.now())
    assert isinstance(account, Account) and account.pk == viewer.account_id
    if proof is None or request.POST.get("answer") != "yes":
        return redirect("residents:bindings")
    if not proving.proved_recently(request, now):
        pending.keep(request, proof, now)
        return _prove_first(request)
    try:
        return _bind(request, account, proof, "", now)
    except Failed as failure:
        return _failed(request, _authority(proof.authority), failure)


@require_POST
@own_transaction
def unbind(request: HttpRequest, key: str) -> HttpResponse:
    """End what an authority opens of my account, at once; other sessions end too, as it may have opened them."""
    viewer, now = own_viewer_of(request), clock.now()
    account = request.user
    assert isinstance(account, Account)
    if binding.end(account_id=viewer.account_id, authority=key, now=now):
        actions.end_other_sessions(account=account, keep=request.session.session_key)
        _record(request, account, "residents.unbound", now)
        messages.success(request, _("已解除绑定。别处用它登录的也已退出。"))
    return redirect("residents:bindings")


def _sign_in(request: HttpRequest, authority: Authority, proof: Proof, wanted: str, now: datetime) -> HttpResponseBase:
    try:
        opened = recognition.account_opened_by(proof, now, _where(request))
    except recognition.Unbound:
        if not authority.knows_people:
            raise
        pending.keep(request, proof, now)
        return redirect("account_authority_unbound")
    if opened.renewed:
        messages.warning(request, presenters.renewed())
    return _enter(request, opened.account, proof, wanted)


def _enter(request: HttpRequest, account: Account, proof: Proof, wanted: str = "") -> HttpResponseBase:
    freshness.note_entry(request, account, _authority(proof.authority), proof)
    response: HttpResponseBase = perform_login(request, account, redirect_url=wanted or None)
    return response


def _activate(request: HttpRequest, proof: Proof, code: str, now: datetime) -> HttpResponseBase | None:
    """The account a slip opens, entered; None when it opens none. Tries are counted for whom the authority knows."""
    who = subject_index(proof.authority, proof.issuer, proof.subject).hex()
    if not ratelimit.consume(request, action="authority_code", key=who) or binding.found_for(proof) is not None:
        return None
    account = recognition.activated_by(proof=proof, code=code, now=now, where=_where(request))
    if account is None:
        return None
    pending.take(request, now)
    _record(request, account, "residents.bound", now)
    return _enter(request, account, proof)


def _bind(request: HttpRequest, account: Account, proof: Proof, wanted: str, now: datetime) -> HttpResponseBase:
    """Bind what was proved; where it is bound already, the person has shown once more who they are."""
    authority = _authority(proof.authority)
    bound_before = authority.key in binding.live_of(account.pk)
    try:
        renewed = recognition.attach(account=account, proof=proof, now=now, where=_where(request))
    except binding.Taken:
        return _say(request, presenters.taken(authority))
    if renewed:
        request.session.flush()  # it ended with all the others; this browser alone comes back in
        _record(request, account, "residents.bound", now)
        messages.warning(request, presenters.renewed())
        return _enter(request, account, proof, wanted or reverse("residents:bindings"))
    if bound_before:
        freshness.note_again(request, account, authority, proof)
        return redirect(wanted or "residents:bindings")
    _record(request, account, "residents.bound", now)
    messages.success(request, presenters.bound(authority))
    return redirect("residents:bindings")


def _is_bound_person(account: object, authority: Authority) -> bool:
    """Whether going there again shows who the signed-in person is."""
    return isinstance(account, Account) and authority.proves_again and authority.key in binding.live_of(account.pk)


def _failed(request: HttpRequest, authority: Authority, failure: Failed) -> HttpResponse:
    logger.warning("%s proved nothing: %s", authority.key, failure.reason)
    return _say(request, presenters.sentence(authority, failure, clock.now()))


def _say(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.warning(request, sentence)
    return redirect("residents:bindings" if request.user.is_authenticated else "account_login")


def _prove_first(request: HttpRequest) -> HttpResponse:
    ways = proof_ways.ways_of(request.user) if isinstance(request.user, Account) else []
    if not ways:
        return _say(request, _("请退出后重新登录，再来绑定：这样我们知道是您本人。"))
    messages.info(request, _("为保护您的账号，请先再确认一次是您本人，再来绑定。"))
    return redirect(f"{ways[0]['url']}?{urlencode({'next': reverse('residents:bindings')})}")


def _authority(key: str) -> Authority:
    try:
        return configured()[key]
    except KeyError:
        raise Http404 from None


def _back(request: HttpRequest, authority: Authority) -> str:
    return request.build_absolute_uri(reverse("account_authority_callback", args=[authority.key]))


def _where(request: HttpRequest) -> recognition.Where:
    return recognition.Where(address_of(request), str(getattr(request, "reference", "")))


def _record(request: HttpRequest, account: Account, action: str, now: datetime) -> None:
    actions.record_own_deed(account=account, action=action, request=request, address=address_of(request), now=now)

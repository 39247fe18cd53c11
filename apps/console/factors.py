"""The person's second factor: an authenticator app, security keys, recovery codes. Each change asks for the password
unless that was given a few minutes ago."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from apps.audit.record import Target
from apps.console import flash, shell
from apps.tenancy import entry, homes
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, safe_next, signed_in, while_enrolling
from apps.users import factors, security_keys, sessions, throttle
from apps.users.models import User
from apps.users.sign_in import wait_words

CODE = {"class": "input mono", "autocomplete": "one-time-code", "spellcheck": "false", "autofocus": True}
VIEW = Callable[..., HttpResponse]


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code from the app"),
        max_length=factors.LONGEST_CODE,
        widget=forms.TextInput(attrs=CODE | {"inputmode": "numeric"}),
    )


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=security_keys.LONGEST_NAME,
        help_text=gettext_lazy("What you know it by, such as: key on my ring."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    key = forms.CharField(widget=forms.HiddenInput)


class ConfirmForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "current-password", "autofocus": True}),
    )


def guarded(view: VIEW) -> VIEW:
    """A view that changes how its person signs in: in own transactions, never kept, behind a fresh password."""

    @wraps(view)
    def asked(request: SignedRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if entry.confirmed(request):
            return view(request, *args, **kwargs)
        back = request.path if request.method == "GET" else reverse("factors")
        return HttpResponseRedirect(f"{reverse('confirm')}?{urlencode({'next': back})}")

    return while_enrolling(never_cache(own_transactions(signed_in(sensitive_post_parameters()(asked)))))


@while_enrolling
@never_cache
@own_transactions
@signed_in
def index(request: SignedRequest) -> HttpResponse:
    """What is set up, and what can be."""
    user = _user(request)
    return _show(
        request,
        "factors/index.html",
        {"held": factors.held(user), "demanded": _demanded(user), "place": security_keys.place()},
    )


@while_enrolling
@never_cache
@own_transactions
@signed_in
@sensitive_post_parameters()
def confirm(request: SignedRequest) -> HttpResponse:
    """The password once more, then on to `next`."""
    back = safe_next(request.POST.get("next") or request.GET.get("next") or "", reverse("factors"))
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        problem = entry.confirm(request, form.cleaned_data["password"])
        if not problem:
            return HttpResponseRedirect(back)
        form.add_error("password", problem)
    return _show(request, "factors/confirm.html", {"form": form, "next": back, "email": _user(request).email})


@guarded
@sensitive_variables("offer")
def app(request: SignedRequest) -> HttpResponse:
    """Each look makes a new secret; a wrong code doesn't show the present one again."""
    user, form, offer = _user(request), CodeForm(request.POST or None), None
    if request.method == "GET":
        offer = factors.offer_app(request.session, user)
    elif form.is_valid():
        turn = throttle.claim(user.email, "factor")
        done = factors.accept_app(request.session, user, form.cleaned_data["code"]) if turn.go else False
        if done:
            throttle.forget(user.email, "factor")
            return _added(request, user, _("Authenticator app"))
        if done is None:
            flash.bad(request, _("There is no secret to confirm. Begin anew."))
            return redirect("factor-app")
        form.add_error("code", wait_words(turn.wait) if not turn.go else _("That code isn't right."))
    return _show(request, "factors/app.html", {"form": form, "offer": offer})


@guarded
def key(request: SignedRequest) -> HttpResponse:
    """Adds a security key: its name, and what the browser answered."""
    user, form = _user(request), KeyForm(request.POST or None)
    if not security_keys.place():
        raise Http404(_("Security keys need a panel that has a name."))
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            security_keys.finish_making(request.session, user, name, factors.posted(form.cleaned_data["key"]))
        except security_keys.KeyRefused:
            form.add_error(None, _("The security key was not added. Try again."))
        else:
            return _added(request, user, name)
    context = {"form": form, "options": security_keys.begin_making(request.session, user), **_keys_here(request)}
    return _show(request, "factors/key.html", context)


@require_POST
@guarded
def codes(request: SignedRequest) -> HttpResponse:
    """New recovery codes, shown in this one answer."""
    user = _user(request)
    if not factors.has(user.pk):
        raise Http404(_("Recovery codes come with a second factor."))
    made = factors.make_codes(user)
    _recorded(request, user, "users.factor.update", _("Recovery codes"))
    return _show(request, "factors/codes.html", {"codes": made})


@require_POST
@guarded
def remove(request: SignedRequest, id: int) -> HttpResponse:
    user = _user(request)
    try:
        gone = factors.remove(user, id, keep_one=_demanded(user))
    except ValueError:
        flash.bad(request, _("Your organization requires a second factor. Add another before you remove this one."))
        return redirect("factors")
    if gone is None:
        raise Http404(_("There is no such second factor."))
    name = gone.data["name"] if gone.type == factors.KEY else _("Authenticator app")
    _recorded(request, user, "users.factor.delete", name)
    flash.ok(request, _("%(name)s is removed.") % {"name": name})
    return redirect("factors")


def _keys_here(request: SignedRequest) -> dict[str, Any]:
    """Whether this page is open where keys work, else the address at which they do."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return {"here": host == security_keys.place(), "origin": security_keys.origin()}


def _added(request: SignedRequest, user: User, name: str) -> HttpResponse:
    """The rest of the sessions knew the password alone; this one gets a new key and, with a first factor, the codes."""
    request.session.cycle_key()
    sessions.end_others(user.pk, request.session.session_key)
    _recorded(request, user, "users.factor.create", name)
    flash.ok(request, _("%(name)s is your second factor now. Your other sessions are signed out.") % {"name": name})
    made = factors.ensure_codes(user)
    return _show(request, "factors/codes.html", {"codes": made}) if made else redirect("factors")


def _recorded(request: SignedRequest, user: User, act: str, name: str) -> None:
    entry.record_person(request, user, act, target=Target(kind="users.factor", id=str(user.pk), name=name))


def _demanded(user: User) -> bool:
    return any(home.second_factor for home in homes.of(user.pk))


def _user(request: SignedRequest) -> User:
    return User.objects.get(pk=cast(AbstractBaseUser, request.user).pk)


def _show(request: SignedRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if "form" in context and context["form"].errors else 200
    if factors.has(_user(request).pk) or not request.actor.needs_factor:
        shell.at(request, "profile")
    else:  # nothing of the organization may be seen yet
        context |= {"layout": "lone.html", "alone": True}
    with tenant_tx(request.actor.tenant_id):
        return render(request, template, context, status=status)

"""Coming in, going out, moving between organizations, and the theme."""

from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.console import language, preferences
from apps.tenancy import entry
from apps.tenancy.decorators import SignedRequest, own_transactions, safe_next, signed_in, while_enrolling
from apps.users import devices, factors, security_keys
from apps.users.models import Theme, User


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Email"),
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "current-password"}),
    )


class SecondForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=factors.LONGEST_CODE,
        widget=forms.TextInput(
            attrs={"class": "input mono", "autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> None:
        if not self.errors and not self.cleaned_data["code"] and not self.cleaned_data["key"]:
            self.add_error("code", _("Enter a code."))


@never_cache
@own_transactions
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what became of it. `next` is a path of this site to go to."""
    back = safe_next(request.POST.get("next") or request.GET.get("next") or "/")
    if request.method == "GET" and request.user.is_authenticated:
        return HttpResponseRedirect(back)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        result = entry.enter(request, form.cleaned_data["email"], form.cleaned_data["password"])
        if result.asks:
            return HttpResponseRedirect(f"{reverse('sign-in-second')}?{urlencode({'next': back})}")
        if result.ok:
            return _in(request, back)
        form.add_error(None, result.problem)
    status = 200 if request.method == "GET" else 422
    return render(
        request, "pages/sign_in.html", {"form": form, "next": back, "mail": settings.EMAIL_OFFERED}, status=status
    )


@never_cache
@own_transactions
@sensitive_post_parameters()
def second(request: HttpRequest) -> HttpResponse:
    """The second step: a code, or what a security key signed. Without a right password before it, back to the first."""
    back = safe_next(request.POST.get("next") or request.GET.get("next") or "/")
    user = entry.waiting(request)
    if user is None:
        return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': back})}")
    form = SecondForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        result = entry.enter_second(request, data["code"], factors.posted(data["key"]))
        if result.ok:
            return _in(request, back)
        form.add_error(None, result.problem)
    held = factors.held(user)
    options = security_keys.begin_use(request.session, user) if held.keys and security_keys.place() else None
    context = {"form": form, "next": back, "held": held, "options": options, "origin": security_keys.origin()}
    return render(request, "pages/sign_in_second.html", context, status=422 if form.errors else 200)


def _in(request: HttpRequest, back: str) -> HttpResponse:
    preferences.forget(request)
    request.session[language.KEY] = cast(User, request.user).locale
    return _remembered(HttpResponseRedirect(back), cast(User, request.user))


def _remembered(answer: HttpResponse, user: User) -> HttpResponse:
    """The browser is known from now on: nobody elsewhere can use up its attempts to sign in."""
    answer.set_cookie(
        devices.COOKIE,
        devices.make(user),
        max_age=devices.LASTS,
        path=reverse("sign-in"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


@require_POST
@while_enrolling
@own_transactions
def sign_out(request: HttpRequest) -> HttpResponse:
    entry.leave(request)
    return redirect("sign-in")


@require_POST
@while_enrolling
@own_transactions
@signed_in
def switch_tenant(request: HttpRequest) -> HttpResponse:
    try:
        entry.switch(request, UUID(request.POST.get("tenant", "")))
    except (ValueError, LookupError):
        raise Http404(_("You are not a member of such an organization.")) from None
    preferences.forget(request)
    return redirect("home")


@require_POST
@signed_in
def theme(request: SignedRequest) -> HttpResponse:
    """Keeps the person's theme: the bar's switch tells it here."""
    chosen = request.POST.get("theme", "")
    if chosen in Theme.values:
        User.objects.filter(pk=preferences.person(request)).update(theme=chosen)
        request.session["theme"] = chosen
    return HttpResponse(status=204)

"""Coming in, going out, moving between organizations, and the theme."""

from typing import cast
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
from apps.tenancy.decorators import SignedRequest, own_transactions, safe_next, signed_in
from apps.users import devices
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
        if result.ok:
            preferences.forget(request)
            request.session[language.KEY] = cast(User, request.user).locale
            return _remembered(HttpResponseRedirect(back), cast(User, request.user))
        form.add_error(None, result.problem)
    status = 200 if request.method == "GET" else 422
    return render(request, "pages/sign_in.html", {"form": form, "next": back}, status=status)


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
@own_transactions
def sign_out(request: HttpRequest) -> HttpResponse:
    entry.leave(request)
    return redirect("sign-in")


@require_POST
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

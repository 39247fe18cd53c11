"""A person's own settings: name, theme, density, shortcuts, password."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation, update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.audit import record
from apps.audit.record import Target
from apps.console import flash, preferences, shell
from apps.tenancy.decorators import SignedRequest, signed_in
from apps.users import factors, sessions, sign_in, throttle
from apps.users.models import Theme, User

INPUT = {"class": "input"}
PROFILE = "profile"  # attempts on this page, apart from those to sign in


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs=INPUT | {"autocomplete": "name"})
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"), choices=Theme.choices, widget=forms.Select(attrs={"class": "select"})
    )
    density = forms.ChoiceField(
        label=gettext_lazy("Density"),
        choices=[("normal", gettext_lazy("Comfortable")), ("compact", gettext_lazy("Compact"))],
        widget=forms.Select(attrs={"class": "select"}),
    )
    shortcuts = forms.BooleanField(
        label=gettext_lazy("Single-key shortcuts"),
        required=False,
        help_text=gettext_lazy("Keys such as j, k, x and / outside fields. Ctrl K always works."),
    )


class PasswordForm(forms.Form):
    current = forms.CharField(
        label=gettext_lazy("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs=INPUT | {"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=sign_in.LONGEST_PASSWORD,
        help_text=gettext_lazy("At least 8 characters, not a common word."),
        widget=forms.PasswordInput(attrs=INPUT | {"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.user = user

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        # Counted like sign-ins: who found a browser left open doesn't find out the password by trying.
        turn = throttle.claim(self.user.email, PROFILE)
        if not turn.go:
            raise forms.ValidationError(sign_in.wait_words(turn.wait))
        if len(current) > sign_in.LONGEST_PASSWORD or not self.user.check_password(current):
            raise forms.ValidationError(_("This is not your current password."))
        throttle.forget(self.user.email, PROFILE)
        return current

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self.user)
        return new


@signed_in
@sensitive_post_parameters("current", "new")
def profile(request: SignedRequest) -> HttpResponse:
    shell.at(request, "profile")
    user = User.objects.get(pk=preferences.person(request))
    about = ProfileForm(_posted(request, "about"), initial=_initial(request, user))
    password = PasswordForm(_posted(request, "password"), user=user)
    if about.is_bound and about.is_valid():
        return _save(request, user, about)
    if password.is_bound and password.is_valid():
        return _change_password(request, user, password)
    status = 422 if request.method == "POST" else 200
    context = {
        "about": about,
        "password": password,
        "protected": factors.has(user.pk),
        "sessions": sessions.of(user.pk),
        "this": sessions.digest(request.session.session_key),
    }
    return render(request, "pages/profile.html", context, status=status)


@require_POST
@signed_in
def end_session(request: SignedRequest) -> HttpResponse:
    """Ends one of the person's own sessions, named by its row's key, or all but this one."""
    person, name = preferences.person(request), request.POST.get("session", "")
    if name == sessions.digest(request.session.session_key):
        flash.bad(request, _("This is the session that you use. Sign out instead."))
        return redirect("profile")
    ended = sessions.end(person, name) if name else sessions.end_others(person, request.session.session_key)
    record.write(
        tenant_id=request.actor.tenant_id,
        act="users.session.delete",
        result="ok" if ended else "failed",
        actor=request.actor.who,
        target=Target(kind="users.person", id=str(person), name=request.actor.email),
        reason="" if ended else "no such session",
    )
    flash.ok(request, _("The session is ended.") if name else _("Your other sessions are ended."))
    return redirect("profile")


def _posted(request: SignedRequest, part: str) -> Any:
    return request.POST if request.method == "POST" and request.POST.get("part") == part else None


def _initial(request: SignedRequest, user: User) -> dict[str, object]:
    prefs = preferences.load(request)
    return {
        "name": user.name,
        "theme": user.theme,
        "density": prefs.get("density", "normal"),
        "shortcuts": prefs.get("shortcuts", True),
    }


def _save(request: SignedRequest, user: User, form: ProfileForm) -> HttpResponse:
    data = form.cleaned_data
    user.name, user.theme = data["name"], data["theme"]
    user.save(update_fields=["name", "theme"])
    request.session["theme"] = user.theme
    preferences.save(
        request,
        density=data["density"] if data["density"] != "normal" else None,
        shortcuts=None if data["shortcuts"] else False,
    )
    flash.ok(request, _("Your profile is saved."))
    return redirect("profile")


def _change_password(request: SignedRequest, user: User, form: PasswordForm) -> HttpResponse:
    user.set_password(form.cleaned_data["new"])
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)  # every other session of theirs is worth nothing
    sessions.end_others(user.pk, request.session.session_key)
    record.write(
        tenant_id=request.actor.tenant_id,
        act="users.password.update",
        result="ok",
        actor=request.actor.who,
        target=Target(kind="users.person", id=str(user.pk), name=user.email),
    )
    flash.ok(request, _("Your password is changed. Your other sessions are signed out."))
    return redirect("profile")

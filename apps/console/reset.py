"""Forgotten passwords: asking for a message, and choosing a new password by what it says."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.tenancy import resets
from apps.tenancy.decorators import own_transactions, while_enrolling
from apps.tenancy.middleware import address
from apps.users.sign_in import LONGEST_PASSWORD


class AskForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Email"),
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "username", "autofocus": True}),
    )


class NewForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code: what follows # in the message's address"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=gettext_lazy("At least 8 characters, not a common word."),
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )


@while_enrolling
@never_cache
@own_transactions
def forgot(request: HttpRequest) -> HttpResponse:
    """Asks for a message. The answer is the same whether anybody has the address."""
    if not settings.EMAIL_OFFERED:
        raise Http404(_("This panel sends no e-mail."))
    form = AskForm(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    if asked:
        resets.ask(form.cleaned_data["email"], address(request))
    context = {"form": form, "asked": asked, "minutes": settings.PASSWORD_RESET_TIMEOUT // 60}
    return render(request, "pages/password_forgot.html", context, status=422 if form.errors else 200)


@while_enrolling
@never_cache
@own_transactions
@sensitive_post_parameters()
def new(request: HttpRequest) -> HttpResponse:
    """Chooses the password. The code stands behind the address's "#": a script puts it into the form."""
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            resets.finish(form.cleaned_data["code"], form.cleaned_data["new"], address(request))
        except ValidationError as problem:
            for field, texts in problem.message_dict.items():
                form.add_error(field, texts)
        else:
            request.session.flush()
            messages.success(request, _("Your password is changed and all sessions are signed out. Sign in with it."))
            return redirect("sign-in")
    return render(request, "pages/password_new.html", {"form": form}, status=422 if form.errors else 200)

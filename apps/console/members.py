"""Who is in the organization and which role they hold; owners may add people and change roles."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.console import flash, scope, shell
from apps.tenancy import access, access_requests, members, organization
from apps.tenancy.decorators import SignedRequest, signed_in
from apps.tenancy.models import Binding, Membership, Role, Tenant
from apps.users import factors, sign_in
from apps.users.models import User, plain_email

SELECT = {"class": "select"}


class MemberForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Email"), widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "off"})
    )
    password = forms.CharField(
        label=gettext_lazy("First password"),
        strip=False,
        required=False,
        max_length=sign_in.LONGEST_PASSWORD,
        help_text=gettext_lazy(
            "Tell it to them; they can change it. Not needed for a person who already signs in here."
        ),
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.Select(attrs=SELECT))

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            password_validation.validate_password(password)
        return password


class BindingForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.Select(attrs=SELECT))
    account = forms.ChoiceField(label=gettext_lazy("Account"), required=False, widget=forms.Select(attrs=SELECT))
    region = forms.CharField(
        label=gettext_lazy("Region"), required=False, max_length=32, widget=forms.TextInput(attrs={"class": "input"})
    )
    tag = forms.CharField(
        label=gettext_lazy("Tag"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"class": "input", "placeholder": "owner=platform"}),
    )
    path = forms.CharField(label=gettext_lazy("Path"), required=False, max_length=1100, strip=False)


@signed_in
def index(request: SignedRequest) -> HttpResponse:
    """Everyone with their roles. Needs tenancy.member.read."""
    access.require(request.actor, "tenancy.member.read")
    return _page(request, MemberForm())


@require_POST
@signed_in
@sensitive_post_parameters("password")
def add(request: SignedRequest) -> HttpResponse:
    """A person with a first password and a role; one who already signs in here only becomes a member."""
    access.require(request.actor, "tenancy.member.create")
    form = _with_roles(MemberForm(request.POST), request)
    if form.is_valid() and _add(request, form):
        flash.ok(request, _("%(email)s is a member now.") % {"email": form.cleaned_data["email"]})
        return redirect("members")
    return _page(request, form, status=422)


@require_POST
@signed_in
def remove(request: SignedRequest, id: UUID) -> HttpResponse:
    return _do(
        request, lambda: members.remove_member(request.actor, id), _("The member is removed, with roles and tokens.")
    )


@require_POST
@signed_in
def bind(request: SignedRequest, id: UUID) -> HttpResponse:
    """Gives a member a role on the organization or on a part of it."""
    form = _with_accounts(_with_roles(BindingForm(request.POST), request), request)
    if not form.is_valid():
        wrong = [str(text) for name, texts in form.errors.items() if name != "role" for text in texts]
        flash.bad(request, " ".join(wrong) or _("Choose a role from the list."))
        return redirect("members")
    data = form.cleaned_data

    def give() -> None:
        role = Role.objects.get(tenant_id=request.actor.tenant_id, id=data["role"])
        holder = Membership.objects.get(tenant_id=request.actor.tenant_id, id=id)
        account = UUID(data["account"]) if data["account"] else None
        scope = {name: data[name] for name in ("region", "tag", "path")}
        members.bind(request.actor, role, holder, account=account, **scope)

    return _do(request, give, _("The role is given."))


@require_POST
@signed_in
def unbind(request: SignedRequest, id: UUID) -> HttpResponse:
    return _do(request, lambda: members.unbind(request.actor, id), _("The role is taken away."))


@require_POST
@signed_in
def second_factor(request: SignedRequest) -> HttpResponse:
    """Demands a second factor of every member, or no longer."""
    wanted = request.POST.get("required") == "1"
    done = _("Every member needs a second factor now.") if wanted else _("A second factor is no longer required.")
    return _do(request, lambda: organization.require_second_factor(request.actor, wanted), done)


def _do(request: SignedRequest, act: Callable[[], Any], done: str) -> HttpResponse:
    try:
        with transaction.atomic():
            act()
    except (Membership.DoesNotExist, Binding.DoesNotExist, Role.DoesNotExist):
        raise Http404(_("There is no such member or role.")) from None
    except ValidationError as error:
        flash.bad(request, " ".join(error.messages))
    else:
        flash.ok(request, done)
    return redirect("members")


def _add(request: SignedRequest, form: MemberForm) -> bool:
    data, actor = form.cleaned_data, request.actor
    role = Role.objects.get(tenant_id=actor.tenant_id, id=data["role"])
    try:
        with transaction.atomic():
            user = User.objects.filter(email=plain_email(data["email"])).first()
            if user is None and not data["password"]:
                form.add_error("password", _("Enter a first password for the new person."))
                return False
            user = user or User.objects.create_user(data["email"], data["password"], name=data["name"])
            members.bind(actor, role, members.add_member(actor, user))
    except IntegrityError:
        form.add_error("email", _("This person is already a member."))
    return not form.errors


def _page(request: SignedRequest, form: MemberForm, status: int = 200) -> HttpResponse:
    shell.at(request, "members")
    actor = request.actor
    found = Membership.objects.filter(tenant_id=actor.tenant_id).select_related("user").order_by("user__name")
    held: dict[UUID, list[Binding]] = {}
    for binding in Binding.objects.filter(tenant_id=actor.tenant_id, membership__isnull=False).select_related("role"):
        held.setdefault(cast(UUID, binding.membership_id), []).append(binding)
    names = {place.id: place.name for place in scope.accounts(request)}
    protected = factors.holders([one.user_id for one in found])
    context = {
        "people": [
            (one, [_told(binding, names) for binding in held.get(one.id, [])], one.user_id in protected)
            for one in found
        ],
        "required": Tenant.objects.get(id=actor.tenant_id).second_factor,
        "unprotected": len(found) - len(protected),
        "may_require": access.explain(actor, "tenancy.organization.update"),
        "roles": Role.objects.filter(tenant_id=actor.tenant_id).order_by("name"),
        "form": _with_roles(form, request),
        "binding": _with_accounts(_with_roles(BindingForm(), request), request),
        "may_add": access.explain(actor, "tenancy.member.create"),
        "may_bind": access.explain(actor, "tenancy.binding.create"),
        "may_remove": access.explain(actor, "tenancy.member.delete"),
        "me": actor.membership_id,
        "asked": [(one, names.get(str(one.account), "")) for one in access_requests.waiting(actor)],
    }
    return render(request, "pages/members.html", context, status=status)


def _told(binding: Binding, names: dict[str, str]) -> dict[str, Any]:
    account = names.get(str(binding.account), str(binding.account)) if binding.account else ""
    return {
        "id": binding.id,
        "role": binding.role.name,
        "where": [w for w in (account, binding.region, binding.tag, binding.path) if w],
    }


def _with_roles(form: Any, request: SignedRequest) -> Any:
    roles = Role.objects.filter(tenant_id=request.actor.tenant_id).order_by("name").values_list("id", "name")
    form.fields["role"].choices = [(str(id), name) for id, name in roles]
    return form


def _with_accounts(form: Any, request: SignedRequest) -> Any:
    form.fields["account"].choices = [("", _("All accounts")), *((p.id, p.name) for p in scope.accounts(request))]
    return form

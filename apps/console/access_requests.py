"""Asking for access from where it was refused; giving or declining it on the members' page."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.console import flash, scope, shell
from apps.tenancy import access_requests
from apps.tenancy.decorators import SignedRequest, signed_in
from apps.tenancy.models import AccessRequest, Role


@signed_in
@require_http_methods(["GET", "POST"])
def ask(request: SignedRequest) -> HttpResponse:
    """GET asks for the reason; POST keeps the request. `permission`, `account` and `region` say what for."""
    shell.at(request, "members")
    given = request.POST if request.method == "POST" else request.GET
    permission, region = given.get("permission", "")[:128], given.get("region", "")[:32]
    place = next((one for one in scope.accounts(request) if one.id == given.get("account")), None)
    if permission.count(".") != 2:
        raise Http404(_("There is no such page."))
    reason = given.get("reason", "")
    context = {"permission": permission, "place": place, "region": region, "reason": reason}
    if request.method == "POST":
        try:
            account = UUID(place.id) if place else None
            access_requests.ask(request.actor, permission, reason, account=account, region=region)
        except ValidationError as error:
            return render(request, "pages/access.html", context | {"problem": " ".join(error.messages)})
        flash.ok(request, _("Your request is with those who give roles here."))
        return redirect("home")
    return render(request, "pages/access.html", context)


@signed_in
@require_POST
def settle(request: SignedRequest, id: UUID) -> HttpResponse:
    """With a `role` it is given, without the request is declined."""
    try:
        if role := request.POST.get("role"):
            given = Role.objects.get(tenant_id=request.actor.tenant_id, id=UUID(role))
            access_requests.grant(request.actor, id, given)
            flash.ok(request, _("The role is given."))
        else:
            access_requests.decline(request.actor, id)
            flash.info(request, _("The request is declined."))
    except (AccessRequest.DoesNotExist, Role.DoesNotExist, ValueError):
        raise Http404(_("There is no such request or role.")) from None
    except ValidationError as error:
        flash.bad(request, " ".join(error.messages))
    return redirect("members")

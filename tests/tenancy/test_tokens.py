from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.audit.models import AuditEvent
from apps.tenancy import tokens
from apps.tenancy.access import Denied, allowed
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import ApiToken, Membership
from apps.users.models import User


def make(person, **more) -> tuple[ApiToken, str]:
    with tenant_tx(person.actor.tenant_id):
        return tokens.create(person.actor, "deploy", **more)


def change(token: ApiToken, **values) -> None:
    with tenant_tx(token.tenant_id):
        ApiToken.objects.filter(id=token.id).update(**values)


def test_a_token_acts_for_its_member(people):
    _token, text = make(people.operator)
    actor = tokens.authenticate(text, address="192.0.2.7")
    assert (actor.kind, actor.user_id, actor.address) == ("token", people.operator.user.pk, "192.0.2.7")
    assert actor.grants == people.operator.actor.grants
    assert actor.tenant_name == people.tenant.name


def test_its_text_is_kept_nowhere(people):
    token, text = make(people.owner)
    secret = text.split("_", 2)[2]  # which may itself have a "_"
    with tenant_tx(people.tenant_id):
        stored = str(ApiToken.objects.filter(id=token.id).values().get())
        record = str(list(AuditEvent.objects.filter(target_id=str(token.id)).values()))
    assert text.startswith(f"ngt_{people.tenant_id.hex}_")
    assert secret not in stored + record
    assert token.prefix in text
    assert "tenancy.token.create" in record


def test_it_narrows(people):
    token, text = make(people.owner, permissions=["*.*.read"])
    actor = tokens.authenticate(text)
    assert allowed(actor, "ec2.instance.read")
    assert not allowed(actor, "ec2.instance.stop")
    assert load_actor(people.tenant_id, token_id=token.id).only_permissions == ("*.*.read",)


def test_it_expires(people):
    token, text = make(people.owner)
    assert timedelta(days=89) < token.expires_at - timezone.now() <= timedelta(days=90)
    change(token, expires_at=timezone.now() - timedelta(seconds=1))
    assert tokens.authenticate(text) is None
    assert load_actor(people.tenant_id, token_id=token.id) is None


def test_it_is_revoked_by_its_owner_and_recorded(people):
    token, text = make(people.viewer)
    with tenant_tx(people.tenant_id):
        tokens.revoke(people.viewer.actor, token.id)
        acts = list(AuditEvent.objects.filter(target_id=str(token.id)).values_list("act", flat=True).order_by("id"))
    assert tokens.authenticate(text) is None
    assert acts == ["tenancy.token.create", "tenancy.token.delete"]


def test_another_members_token_needs_the_permission(people):
    token, _text = make(people.viewer)
    with tenant_tx(people.tenant_id), pytest.raises(Denied):
        tokens.revoke(people.operator.actor, token.id)
    with tenant_tx(people.tenant_id):
        tokens.revoke(people.owner.actor, token.id)


def test_another_organizations_token_does_not_exist(people):
    token, _text = make(people.viewer)
    outsider = people.outsider.actor
    with tenant_tx(outsider.tenant_id), pytest.raises(ApiToken.DoesNotExist):
        tokens.revoke(outsider, token.id)


def test_it_ends_with_membership_and_person(people):
    _token, text = make(people.viewer)
    User.objects.filter(pk=people.viewer.user.pk).update(is_active=False)
    assert tokens.authenticate(text) is None
    _token, text = make(people.auditor)
    with tenant_tx(people.tenant_id):
        Membership.objects.get(user_id=people.auditor.user.pk).delete()
    assert tokens.authenticate(text) is None


def test_a_token_cannot_make_tokens(people):
    actor = tokens.authenticate(people.owner.token)
    with tenant_tx(people.tenant_id), pytest.raises(Denied):
        tokens.create(actor, "again")


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 367}, {"permissions": ["everything"]}])
def test_limits(people, wrong):
    with pytest.raises(ValidationError):
        make(people.owner, **wrong)


@pytest.mark.parametrize("text", ["", "ngt_", "ngt_x_y", "x" * 10_000, "ngt_" + "0" * 32 + "_" + "a" * 43])
def test_what_is_no_token(people, text):
    assert tokens.authenticate(text) is None


def test_the_right_secret_in_another_organization_is_unknown(people):
    secret = people.owner.token[len("ngt_") + 33 :]
    assert tokens.authenticate(f"ngt_{people.outsider.actor.tenant_id.hex}_{secret}") is None


def test_its_last_use_is_noted_once_a_minute(people):
    token, text = make(people.owner)

    def last_used():
        with tenant_tx(people.tenant_id):
            return ApiToken.objects.get(id=token.id).last_used_at

    assert last_used() is None
    tokens.authenticate(text)
    first = last_used()
    tokens.authenticate(text)
    assert last_used() == first
    change(token, last_used_at=first - timedelta(minutes=2))
    tokens.authenticate(text)
    assert last_used() > first

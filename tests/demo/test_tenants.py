"""The demo's organizations: made once, connected anew at each start, each for itself."""

import pytest

from apps.cloud.models import Account
from apps.demo.state import SIGN_INS
from apps.demo.tenants import CONNECTIONS, PEOPLE, connect_accounts, ensure_people, membership_of
from apps.tenancy.access import allowed
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from apps.users.models import User

PASSWORDS = {name: f"password-of-{name}" for name in SIGN_INS}
KEYS = {"access_key_id": "AKIAEXAMPLE1", "secret_access_key": "not-in-the-table"}
ROLE = {"role_arn": "arn:aws:iam::222222222222:role/NorthgateAccess", "external_id": "x" * 20, "source": "111111111111"}
DOORS = {one.number: ROLE if one.source else KEYS for one in CONNECTIONS}


@pytest.fixture(scope="module")
def demo(panel_env, servers_addresses):
    ensure_people(PASSWORDS)
    return connect_accounts(DOORS, **servers_addresses)


@pytest.fixture(scope="module")
def servers_addresses(panel_env):
    origins = panel_env["NORTHGATE_ENDPOINTS"].split(",")
    return {"ec2": origins[0], "aws": origins[1]}


def test_everybody_can_sign_in_and_has_their_role(demo):
    for person in PEOPLE:
        user = User.objects.get(email=person.email)
        assert user.check_password(PASSWORDS[person.role])
        membership = membership_of(person)
        with tenant_tx(membership.tenant_id):
            actor = load_actor(membership.tenant_id, user.id)
        assert allowed(actor, "ec2.instance.stop") == (person.role in {"owner", "operator", "outsider"})


def test_second_start_changes_no_password(demo):
    ensure_people(dict.fromkeys(SIGN_INS, "another"))
    assert User.objects.get(email=PEOPLE[0].email).check_password(PASSWORDS["owner"])


def test_accounts_are_sealed_and_apart(demo):
    assert len(demo) == 4
    by_tenant = {account.number: account.tenant_id for account in demo}
    assert by_tenant["444444444444"] != by_tenant["111111111111"]
    for account in demo:
        assert b"not-in-the-table" not in bytes(account.secret)
    staging = next(account for account in demo if account.number == "222222222222")
    assert staging.source.number == "111111111111"
    with tenant_tx(by_tenant["444444444444"]):
        assert {account.number for account in Account.objects.all()} == {"444444444444"}


def test_second_start_leaves_what_the_owner_changed(demo, servers_addresses):
    tenant = demo[0].tenant_id
    with tenant_tx(tenant):
        Account.objects.filter(tenant_id=tenant, number="111111111111").update(name="our production")
        Account.objects.filter(tenant_id=tenant, number="333333333333").delete()
    again = connect_accounts(DOORS, **servers_addresses)
    assert {account.number for account in again} == {"111111111111", "222222222222", "444444444444"}
    with tenant_tx(tenant):
        assert Account.objects.get(tenant_id=tenant, number="111111111111").name == "our production"

"""AWS accounts: connected with a real sign-in, and their credentials never come out."""

from typing import Any
from uuid import UUID

import pytest

from tests.api.world import Api, World, make_account
from tests.people import make_member

SECRET = "emulated-secret-that-nobody-may-see"


@pytest.fixture
def body(moto: str) -> dict[str, Any]:
    import secrets

    return {
        "name": f"moto {secrets.token_hex(3)}",
        "credential": "keys",
        "access_key": "AKIAIOSFODNN7EXAMPLE",
        "secret_key": SECRET,
        "regions": ["eu-west-1"],
        "endpoints": {"*": moto},
    }


def test_an_account_is_connected_by_signing_in(owner: Api, body: dict[str, Any]) -> None:
    answer = owner.post("/accounts/", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["status"] == "connected"
    assert len(made["number"]) == 12
    assert made["key_hint"] == "…MPLE"
    assert answer["Location"] == made["url"]
    assert owner.client.get(made["url"]).json() == made
    assert made["id"] in [one["id"] for one in owner.get("/accounts/").json()["results"]]
    everything = answer.content + owner.get("/accounts/").content + owner.get("/audit/").content
    assert SECRET.encode() not in everything

    renamed = owner.send("PATCH", f"/accounts/{made['id']}/", {"name": body["name"] + " renamed"})
    assert renamed.status_code == 200, renamed.content
    assert renamed.json()["name"] == body["name"] + " renamed"
    assert renamed.json()["regions"] == ["eu-west-1"]
    assert renamed.json()["key_hint"] == "…MPLE"

    checked = owner.post(f"/accounts/{made['id']}/check/")
    assert checked.status_code == 200, checked.content
    assert checked.json()["number"] == made["number"]

    assert owner.send("DELETE", f"/accounts/{made['id']}/").status_code == 204
    assert owner.client.get(made["url"]).status_code == 404
    acts = [one["act"] for one in owner.get(f"/audit/?target={made['id']}").json()["results"]]
    assert acts == ["cloud.account.delete", "cloud.account.check", "cloud.account.update", "cloud.account.create"]


def test_the_credential_of_another_account_is_refused(owner: Api, body: dict[str, Any]) -> None:
    answer = owner.post("/accounts/", body | {"number": "999999999999"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "WrongAccount"
    assert answer.json()["changed"] == "no"
    assert body["name"] not in [one["name"] for one in owner.get("/accounts/").json()["results"]]


def test_an_endpoint_that_the_operator_does_not_allow(owner: Api, body: dict[str, Any]) -> None:
    answer = owner.post("/accounts/", body | {"endpoints": {"sts": "http://169.254.169.254"}})
    assert answer.status_code == 422
    assert answer.json()["code"] == "EndpointNotAllowed"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "prod"}, "name"),
        ({"number": "12"}, "number"),
        ({"environment": "holiday"}, "environment"),
        ({"regions": "eu-west-1"}, "regions"),
        ({"regions": ["Ireland"]}, "regions"),
        ({"regions": ["eu-west-1\n"]}, "regions"),
        ({"endpoints": ["http://127.0.0.1"]}, "endpoints"),
        ({"secret_key": ""}, "secret_key"),
        ({"access_key": "", "secret_key": ""}, "access_key"),
        ({"credential": "role"}, "role_arn"),
        ({"credential": "role", "role_arn": "arn:aws:iam::1:user/x"}, "role_arn"),
        ({"source": "11111111-1111-1111-1111-111111111111"}, "source"),
        ({"external_id": "chosen-by-me"}, "external_id"),
        ({"colour": "red"}, "__all__"),
    ],
)
def test_each_wrong_field_is_named(
    world: World, owner: Api, body: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    answer = owner.post("/accounts/", body | change)
    assert answer.status_code == 422, answer.content
    assert field in answer.json()["errors"]
    assert SECRET not in answer.content.decode()


def test_an_external_id_is_the_panel_s_and_one_organization_s(world: World, owner: Api, outsider: Api) -> None:
    from apps.api.account_form import is_ours

    given = owner.post("/accounts/external-id/").json()["external_id"]
    assert given != owner.post("/accounts/external-id/").json()["external_id"]
    assert is_ours(given, world.people.tenant_id)
    assert not is_ours(given, world.people.outsider.actor.tenant_id)
    assert not is_ours(given[:-1] + ("0" if given[-1] != "0" else "1"), world.people.tenant_id)
    assert not is_ours("", world.people.tenant_id)
    assert not is_ours(".", world.people.tenant_id)


def test_a_source_of_another_organization_is_none(world: World, outsider: Api, body: dict[str, Any]) -> None:
    role = {"credential": "role", "role_arn": "arn:aws:iam::111111111111:role/x", "source": str(world.production.id)}
    keyless = {key: value for key, value in body.items() if not key.endswith("_key")}
    answer = outsider.post("/accounts/", keyless | role)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["source"]


def test_a_source_is_an_account_that_one_may_change(world: World) -> None:
    """Else whoever owns one account could sign in anywhere with the credential of another."""
    from apps.tenancy import members
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Membership, Role

    people = world.people
    mate = make_member(people.tenant, people.owner, "viewer")
    with tenant_tx(people.tenant_id):
        holder = Membership.objects.get(tenant_id=people.tenant_id, user_id=mate.user.id)
        owner_role = Role.objects.get(tenant_id=people.tenant_id, builtin="owner")
        members.bind(people.owner.actor, owner_role, holder, account=world.staging.id)
    change = {"credential": "role", "role_arn": "arn:aws:iam::111111111111:role/x", "source": str(world.production.id)}
    answer = Api(mate).send("PATCH", f"/accounts/{world.staging.id}/", change)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["source"]


def test_an_account_that_others_lean_on_stays(world: World, owner: Api) -> None:
    from apps.cloud.models import Account
    from apps.tenancy.context import tenant_tx

    source = make_account(world.people, "source", "555555555555")
    leaning = make_account(world.people, "leaning", "666666666666")
    with tenant_tx(world.people.tenant_id):
        Account.objects.filter(id=leaning.id).update(source=source.id)
    answer = owner.send("DELETE", f"/accounts/{source.id}/")
    assert answer.status_code == 409
    assert "leaning" in answer.json()["detail"]
    with tenant_tx(world.people.tenant_id):
        Account.objects.filter(id=leaning.id).update(source=None)
    assert owner.send("DELETE", f"/accounts/{source.id}/").status_code == 204
    assert owner.send("DELETE", f"/accounts/{leaning.id}/").status_code == 204


def test_its_columns_are_those_of_the_table(owner: Api, world: World) -> None:
    (found,) = [one for one in owner.get("/accounts/").json()["results"] if one["id"] == str(world.production.id)]
    assert UUID(found["id"]) == world.production.id
    assert found["environment"] == "development"
    assert not {"secret", "secret_key", "access_key"} & set(found)

"""Operations, the audit record, and one's own tokens."""

from typing import Any

import pytest

from apps.audit import signing
from apps.audit.models import AuditAnchor
from apps.tenancy.context import tenant_tx
from tests.api.world import Api, World
from tests.audit.records import seal_all, write
from tests.people import make_people

STOP = f"/ec2/instances/i-{1:017x}/stop/"


def test_the_record_pages_newest_first(owner: Api) -> None:
    for _n in range(5):
        owner.post(STOP, {})
    whole = owner.get("/audit/?act=ec2.instance.stop&limit=500").json()["results"]
    assert len(whole) >= 5
    assert [one["id"] for one in whole] == sorted((one["id"] for one in whole), reverse=True)
    paged: list[Any] = []
    address = "/api/v1/audit/?act=ec2.instance.stop&limit=2"
    while address:
        page = owner.client.get(address).json()
        paged += page["results"]
        address = page["next"]
    assert paged == whole


def test_the_record_is_filtered(world: World, owner: Api) -> None:
    made = owner.post(STOP, {}).json()
    (event,) = owner.get(f"/audit/?operation={made['id']}&result=intent").json()["results"]
    assert event["who"]["kind"] == "token"
    assert event["target"]["account_name"] == "prod"
    assert event["plan_hash"] == made["plan_hash"]
    assert owner.get(f"/audit/?operation={made['id']}&result=denied").json()["results"] == []
    assert owner.get(f"/audit/?operation={made['id']}&before=2020-01-01T00:00:00Z").json()["results"] == []
    assert len(owner.get(f"/audit/?operation={made['id']}&after=2020-01-01T00:00:00Z").json()["results"]) == 1


@pytest.mark.parametrize(
    "query",
    ["result=good", "operation=x", "after=yesterday", "after=2026-01-01T00:00:00", "cursor=x", "limit=0", "colour=red"],
)
def test_what_the_record_does_not_understand(owner: Api, query: str) -> None:
    answer = owner.get(f"/audit/?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_an_auditor_reads_it_and_an_operator_does_not(world: World) -> None:
    assert Api(world.people.auditor).get("/audit/").status_code == 200
    assert Api(world.people.operator).get("/audit/").status_code == 403


def test_it_holds_nothing_of_other_organizations(world: World, outsider: Api) -> None:
    assert str(world.production.id) not in outsider.get("/audit/?limit=500").content.decode()


def test_it_says_how_far_it_is_sealed() -> None:
    people = make_people()
    api = Api(people.auditor)
    write(people.tenant_id, 2)
    before = api.get("/audit/chain/").json()
    assert (before["last"], before["anchors"]) == (None, [])
    assert before["waiting"]["rows"] >= 2
    assert before["waiting"]["since"]
    last = seal_all(people.tenant_id)[-1]
    with tenant_tx(people.tenant_id):
        AuditAnchor.objects.create(
            tenant_id=people.tenant_id, number=last.number, head=last.head, place="file", name="/secret/place"
        )
    write(people.tenant_id, 3)
    answer = api.get("/audit/chain/")
    found = answer.json()
    assert found["key"] == signing.trusted()[0] == found["last"]["key"]
    assert (found["last"]["number"], found["last"]["head"], found["last"]["total"]) == (
        last.number,
        last.head,
        last.total,
    )
    assert (found["waiting"]["rows"], found["waiting"]["more"]) == (3, False)
    assert [(one["place"], one["head"], one["behind"]) for one in found["anchors"]] == [("file", last.head, 0)]
    assert b"/secret/place" not in answer.content
    assert api.get("/audit/chain/?x=1").status_code == 200
    assert Api(people.operator).get("/audit/chain/").status_code == 403
    assert Api(people.outsider).get("/audit/chain/").json()["last"] is None


def test_operations_page_and_filter(owner: Api) -> None:
    made = [owner.post(STOP, {}).json()["id"] for _n in range(3)]
    page = owner.get("/operations/?limit=2&state=queued").json()
    assert [one["id"] for one in page["results"]] == made[:0:-1]
    following = owner.client.get(page["next"]).json()
    assert following["results"][0]["id"] == made[0]
    assert owner.get("/operations/?state=succeeded").json()["results"] == []
    assert owner.get("/operations/?state=asleep").status_code == 400
    assert owner.get("/operations/?colour=red").status_code == 400


def test_cancel_is_asked_once_and_retry_only_of_the_ended(owner: Api) -> None:
    made = owner.post(STOP, {}).json()
    answer = owner.post(f"/operations/{made['id']}/cancel/")
    assert answer.status_code == 202
    assert answer.json()["cancel_asked_at"]
    assert answer["Location"] == made["url"]
    for verb in ("cancel", "retry"):
        again = owner.post(f"/operations/{made['id']}/{verb}/")
        assert again.status_code == 409
        assert again.json()["type"] == "/api/v1/problems/conflict"


def test_one_s_own_operations_are_always_seen(world: World) -> None:
    from apps.tenancy import members
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Membership
    from tests.people import make_member

    people = world.people
    person = make_member(people.tenant, people.owner, "viewer")
    with tenant_tx(people.tenant_id):
        membership = Membership.objects.get(tenant=people.tenant, user=person.user)
        membership.bindings.all().delete()
        role = members.create_role(people.owner.actor, f"Stopper {person.user.id}", ["ec2.instance.*"])
        members.bind(people.owner.actor, role, membership)
    mine = Api(person).post(STOP, {}).json()
    assert [one["id"] for one in Api(person).get("/operations/").json()["results"]] == [mine["id"]]
    assert Api(world.people.viewer).get(f"/operations/{mine['id']}/").status_code == 200
    assert Api(world.people.viewer).post(f"/operations/{mine['id']}/cancel/").status_code == 403
    assert Api(world.people.outsider).post(f"/operations/{mine['id']}/cancel/").status_code == 404
    assert Api(person).post(f"/operations/{mine['id']}/cancel/").status_code == 202


def test_tokens_are_one_s_own(world: World, owner: Api, viewer: Api) -> None:
    (token,) = owner.get("/tokens/").json()["results"]
    assert token["current"] is True
    assert world.people.owner.token not in owner.get("/tokens/").content.decode()
    assert owner.client.get(token["url"]).json()["id"] == token["id"]
    assert viewer.client.get(token["url"]).status_code == 404


def test_a_revoked_token_opens_nothing(world: World) -> None:
    from apps.tenancy import tokens
    from apps.tenancy.context import tenant_tx
    from tests.people import make_member

    person = make_member(world.people.tenant, world.people.owner, "viewer")
    with tenant_tx(world.people.tenant_id):
        token, _text = tokens.create(person.actor, "to be revoked")
    # A token may not end tokens without the permission; an owner's may.
    assert Api(person).send("DELETE", f"/tokens/{token.id}/").status_code == 403
    assert Api(world.people.owner).send("DELETE", f"/tokens/{token.id}/").status_code == 204
    assert Api(person).get(f"/tokens/{token.id}/").status_code == 404


def test_problems_of_the_panel_itself_tell_nothing(world: World, owner: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.api import mine

    def broken(grant: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(mine, "_grant", broken)
    answer = owner.get("/me/")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/api/v1/problems/internal"
    assert b"swordfish" not in answer.content

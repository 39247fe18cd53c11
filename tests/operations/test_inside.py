"""Acting on what lies within a resource: by path, without an inventory."""

import secrets

import pytest
from django import forms

from apps.audit.models import AuditEvent
from apps.catalog import checks, plans, registry
from apps.catalog.items import Item
from apps.catalog.resources import Action
from apps.cloud.calls import call
from apps.inventory import sync
from apps.operations import authority, control, preview
from apps.operations import run as running
from apps.operations.models import Operation
from apps.operations.prepare import Missing, prepare_inside
from apps.operations.submit import submit
from apps.tenancy import members
from apps.tenancy.access import Denied, Grant
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Membership, Role
from tests.buckets import REGION, bucket_account, make_bucket, put
from tests.people import make_people

KIND = registry.resource("s3.object")


class To(forms.Form):
    to = forms.CharField(strip=False)


def _copy(item, values):
    yield plans.Step(
        "s3.copy_object",
        title=f"Copy {item.id}",
        repeat="safe",
        Bucket=item.within,
        Key=values["to"],
        CopySource={"Bucket": item.within, "Key": item.id},
    )


def _lands(item, values, scope):
    assert scope is not None
    holder = Item("s3.bucket", item.within, account=item.account, region=item.region, tags=item.tags)
    yield "write", KIND.inside(holder, values["to"])


COPY = Action(KIND, "copy-for-a-test", "Copy", _copy, To, needs="read", also=_lands, example={"to": "b"})


@pytest.fixture(scope="module")
def place(panel_env, ministack, django_db_blocker):
    """People, their account and a bucket as its holder. The viewer also writes below `logs/`."""
    with django_db_blocker.unblock():
        people = make_people()
        account = bucket_account(people.owner.actor, ministack)
        name = make_bucket(account)
        with tenant_tx(people.tenant_id):
            role = members.create_role(people.owner.actor, "Logs", ["s3.object.*"])
            held = Membership.objects.get(tenant_id=people.tenant_id, user=people.viewer.user)
            members.bind(people.owner.actor, role, held, account=account.id, path=f"{name}/logs/*")
            assert Role.objects.filter(tenant_id=people.tenant_id, name="Logs").exists()
        yield people, account, Item("s3.bucket", name, name, account=str(account.id), region=REGION)


@pytest.fixture(autouse=True)
def _declared(monkeypatch, django_db_blocker):
    monkeypatch.setitem(KIND.actions, COPY.verb, COPY)
    with django_db_blocker.unblock():
        yield


def actor_of(people, person):
    with tenant_tx(people.tenant_id):
        return load_actor(people.tenant_id, person.user.id)


def prepared(actor, holder, key, to):
    return prepare_inside(actor, COPY, holder, [key], {"to": to})


def ask(actor, holder, key, to):
    with tenant_tx(actor.tenant_id):
        return submit(actor, prepared(actor, holder, key, to))


def go(operation):
    running.run(operation.tenant_id, operation.id)
    with tenant_tx(operation.tenant_id):
        return Operation.objects.get(id=operation.id)


def body(account, bucket, key):
    return call(account, REGION, "s3.get_object", {"Bucket": bucket, "Key": key}).data["Body"]


def test_it_is_done_and_on_the_record_by_path(place):
    people, account, holder = place
    key, to = f"logs/{secrets.token_hex(4)} <é>", f"logs/../{secrets.token_hex(4)}"
    put(account, holder.id, key, "content")
    operation = go(ask(actor_of(people, people.viewer), holder, key, to))
    assert operation.state == "succeeded", operation.error
    assert body(account, holder.id, to) == "content"
    with tenant_tx(people.tenant_id):
        rows = AuditEvent.objects.filter(operation=operation.id)
        assert {(row.act, row.target_kind, row.target_id, row.target_name) for row in rows} == {
            ("s3.object.copy-for-a-test", "s3.object", f"{holder.id}/{key}", key)
        }


@pytest.mark.parametrize(
    ("key", "to"),
    [
        ("logs-private/a", "logs/a"),
        ("logs", "logs/a"),
        ("Logs/a", "logs/a"),
        ("logs%2Fa", "logs/a"),
        ("a/../logs/a", "logs/a"),
        ("logs/a", "elsewhere/a"),
        ("logs/a", "logs"),
    ],
)
def test_a_role_on_a_path_reaches_neither_another_source_nor_another_end(place, key, to):
    people, _account, holder = place
    actor = actor_of(people, people.viewer)
    if key.startswith("logs/"):
        with pytest.raises(Denied, match=rf"s3\.object\.write .* but not on {holder.id}/{to} in account"):
            ask(actor, holder, key, to)
    else:  # everything may be read by a viewer, so the source is held against the role alone
        grants = tuple(grant for grant in actor.grants if grant.path)
        narrow = type(actor)(actor.tenant_id, actor.user_id, actor.membership_id, "x", grants=grants)
        with pytest.raises(Denied, match=rf"s3\.object\.read .* but not on {holder.id}/"):
            ask(narrow, holder, key, to)
    with tenant_tx(people.tenant_id):
        said = preview.permission_checks(actor, prepared(actor, holder, key, to))
    assert ("bad", "s3.object.write") in {(one.tone, one.detail) for one in said} or not key.startswith("logs/")


def test_its_example_is_held_to_the_model():
    plan = checks.example_plan(COPY)
    assert plan.steps[0]["params"]["CopySource"] == {"Bucket": "acme-uploads", "Key": KIND.example["Key"]}
    assert [one["permission"] for one in plan.also] == ["s3.object.write"]
    assert list(checks._check_action(COPY)) == []


def test_an_outsider_reaches_no_holder_of_others(place):
    people, _account, holder = place
    outsider = people.outsider.actor
    with pytest.raises(Missing):
        ask(outsider, holder, "logs/a", "logs/b")


def test_an_id_that_no_key_can_be_is_missing(place):
    people, _account, holder = place
    with pytest.raises(Missing):
        ask(people.owner.actor, holder, "a\0b", "c")
    with tenant_tx(people.tenant_id), pytest.raises(Missing):
        prepare_inside(people.owner.actor, COPY, KIND.inside(holder, "x"), ["a"], {"to": "b"})


def test_a_retry_asks_for_everything_anew(place):
    people, _account, holder = place
    key = f"logs/{secrets.token_hex(4)}"
    actor = actor_of(people, people.viewer)
    operation = go(ask(actor, holder, key, "logs/copy"))  # there is no such object
    assert (operation.state, operation.error["code"]) == ("failed", "NoSuchKey")
    narrow = [grant for grant in actor.grants if not grant.path]
    less = type(actor)(actor.tenant_id, actor.user_id, actor.membership_id, actor.name, grants=tuple(narrow))
    with tenant_tx(people.tenant_id), pytest.raises(Denied, match=r"s3\.object\.write"):
        control.retry(less, operation.id)
    with tenant_tx(people.tenant_id):
        assert control.retry(actor, operation.id)


def test_an_approval_asks_whether_the_asker_may_still_do_all_of_it(place):
    people, account, holder = place
    with tenant_tx(people.tenant_id):
        role = members.create_role(people.owner.actor, "Copier", ["s3.object.read"])
        both = members.create_role(people.owner.actor, "Writer", ["s3.object.write"])
        held = Membership.objects.get(tenant_id=people.tenant_id, user=people.auditor.user)
        members.bind(people.owner.actor, role, held, account=account.id, path=f"{holder.id}/from/*")
        writing = members.bind(people.owner.actor, both, held, account=account.id, path=f"{holder.id}/to/*")
    operation = ask(actor_of(people, people.auditor), holder, "from/a", "to/a")
    with tenant_tx(people.tenant_id):
        assert authority.still_given(operation)
        members.unbind(people.owner.actor, writing.id)
    with tenant_tx(people.tenant_id):
        assert not authority.still_given(operation)


def test_a_role_on_the_holders_tag_holds_for_what_lies_within(place):
    people, account, _holder = place
    name = make_bucket(account)
    tags = {"TagSet": [{"Key": "team", "Value": "web"}]}
    call(account, REGION, "s3.put_bucket_tagging", {"Bucket": name, "Tagging": tags})
    sync.sync(account, "global", "s3.bucket")
    holder = Item("s3.bucket", name, name, account=str(account.id), region=REGION, tags={"team": "web"})
    narrow = Grant("Web", ("s3.object.*",), tag="team=web")
    whose = people.auditor.actor
    actor = type(whose)(whose.tenant_id, whose.user_id, whose.membership_id, "x", grants=(narrow,))
    operation = go(ask(actor, holder, "a", "b"))
    assert operation.error["code"] == "NoSuchKey"
    with tenant_tx(people.tenant_id):
        assert control.retry(actor, operation.id)

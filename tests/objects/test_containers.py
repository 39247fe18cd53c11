"""Who finds which container, and what they may do in it."""

import uuid

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import registry
from apps.cloud.models import Account
from apps.objects import bookmarks, containers
from apps.objects.models import Bookmark
from apps.tenancy import members
from apps.tenancy.access import Denied
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from tests.buckets import REGION
from tests.people import make_user

BUCKETS, OBJECTS = registry.resource("s3.bucket"), registry.resource("s3.object")


def find(person, name, **more):
    actor = getattr(person, "actor", person)
    with tenant_tx(actor.tenant_id):
        return containers.find(actor, BUCKETS, name, **more)


def mark(person, stack, name, prefix="", *, shared=False):
    actor = getattr(person, "actor", person)
    with tenant_tx(actor.tenant_id):
        return bookmarks.add(actor, OBJECTS, stack, name, REGION, prefix, shared=shared)


def limited(people, stack, path):
    """A person who may read and write objects below a path, and nothing else."""
    user = make_user("limited")
    with tenant_tx(people.tenant_id):
        role = members.create_role(people.owner.actor, f"Objects {uuid.uuid4().hex[:6]}", ["s3.object.*"])
        membership = members.add_member(people.owner.actor, user)
        members.bind(people.owner.actor, role, membership, account=stack.id, path=path)
        return load_actor(people.tenant_id, user.id)


def test_one_from_the_inventory(people, stack, bucket):
    found = find(people.viewer, bucket)
    assert (found.name, found.region, found.account.id, found.listed) == (bucket, REGION, stack.id, True)
    assert found.kind.kind == "s3.object"
    assert found.decide(people.viewer.actor, "a").allowed
    assert not found.decide(people.viewer.actor, "a", "write").allowed
    assert found.decide(people.operator.actor, "a", "write").allowed


def test_not_for_another_organization_nor_unknown_nor_of_a_kind_that_holds_nothing(people, stack, bucket):
    for person, name in ((people.outsider, bucket), (people.owner, "no-such-bucket")):
        with pytest.raises(containers.Unknown):
            find(person, name)
    with pytest.raises(containers.Unknown), tenant_tx(people.tenant_id):
        containers.find(people.owner.actor, registry.resource("ec2.instance"), "i-1")


def test_a_bookmark_makes_one_known_and_the_inventory_is_not_needed(people, stack, secret):
    with pytest.raises(containers.Unknown):
        find(people.viewer, secret)
    made = mark(people.viewer, stack, secret, "reports/")
    found = find(people.viewer, secret)
    assert (found.listed, found.region, str(found.account.id)) == (False, REGION, str(stack.id))
    with pytest.raises(containers.Unknown):
        find(people.operator, secret)
    mark(people.owner, stack, secret, shared=True)
    assert find(people.operator, secret).name == secret
    with pytest.raises(containers.Unknown):
        find(people.outsider, secret)
    with tenant_tx(people.tenant_id):
        acts = AuditEvent.objects.filter(tenant_id=people.tenant_id, act="objects.bookmark.create")
        assert acts.filter(target_id=f"{secret}/reports/", result="ok").exists()
        bookmarks.remove(people.viewer.actor, OBJECTS, made.id)


def test_bookmarks_are_ones_own_or_everybodys_and_of_one_organization(people, stack, secret):
    own = mark(people.operator, stack, "just-mine")
    with tenant_tx(people.tenant_id):
        assert own.id in {each.id for each in bookmarks.visible(people.operator.actor, OBJECTS)}
        assert own.id not in {each.id for each in bookmarks.visible(people.owner.actor, OBJECTS)}
        with pytest.raises(Bookmark.DoesNotExist):
            bookmarks.remove(people.owner.actor, OBJECTS, own.id)
        with pytest.raises(bookmarks.Refused):
            bookmarks.add(people.operator.actor, OBJECTS, stack, "just-mine", REGION, shared=False)
        bookmarks.remove(people.operator.actor, OBJECTS, own.id)
    with tenant_tx(people.outsider.actor.tenant_id):
        assert bookmarks.visible(people.outsider.actor, OBJECTS) == []
        assert not Bookmark.objects.exists(), "row-level security hides what the query forgot"


def test_what_everybody_sees_is_not_for_everybody_to_change(people, stack, secret):
    with pytest.raises(Denied):
        mark(people.viewer, stack, secret, "shared/", shared=True)
    made = mark(people.operator, stack, secret, "shared/", shared=True)
    with tenant_tx(people.tenant_id), pytest.raises(Denied):
        bookmarks.remove(people.viewer.actor, OBJECTS, made.id)
    with tenant_tx(people.tenant_id):
        assert Bookmark.objects.filter(id=made.id).exists()
        bookmarks.remove(people.owner.actor, OBJECTS, made.id)


def test_a_role_on_a_path_reaches_that_and_nothing_beside(people, stack, bucket, secret):
    actor = limited(people, stack, f"{secret}/reports/*")
    with pytest.raises(containers.Unknown):
        find(actor, secret)
    with pytest.raises(Denied):
        mark(actor, stack, secret)
    with pytest.raises(Denied):
        mark(actor, stack, bucket, "reports/")
    mark(actor, stack, secret, "reports/")
    found = find(actor, secret)
    assert found.decide(actor, "reports/october.csv").allowed
    assert found.decide(actor, "reports/", "write").allowed
    for key in ("", "report", "reports", "other/x"):
        decision = found.decide(actor, key)
        assert not decision.allowed
        assert "s3.object.read" in decision.reason
    with tenant_tx(people.tenant_id):
        shared = bookmarks.visible(actor, OBJECTS)
    assert {each.prefix for each in shared} == {"reports/"}, "a shared one that they may not read is not shown"


def test_the_account_of_another_organization_can_not_be_marked(people, stack):
    outsider = people.outsider.actor
    with pytest.raises(Exception, match="tenant"), tenant_tx(outsider.tenant_id):
        bookmarks.add(outsider, OBJECTS, Account(id=stack.id, name="x"), "theirs", REGION, shared=False)

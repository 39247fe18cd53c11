"""What a look at a list sets going, with Celery's messages in the real Redis."""

import base64
import json
from datetime import timedelta

import pytest
import redis as client
from django.conf import settings

from apps.catalog import registry
from apps.cloud import accounts
from apps.inventory import freshness, scans
from apps.inventory.measures import measure
from apps.inventory.models import MeasureScan, Scan
from apps.inventory.places import Place, places
from apps.inventory.sync import sync
from apps.inventory.tasks import measure_scope, refresh_some, sync_scope
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft, moto_account
from tests.inventory.rows import instance, keep

KIND, EAST, WEST = "ec2.vpc", "us-east-1", "eu-west-1"
QUEUE = "inventory"


@pytest.fixture
def queue(redis):
    """queue() empties the worker's queue and answers (task, arguments) of what was in it."""
    broker = client.Redis.from_url(redis)

    def drain():
        found = []
        while message := broker.rpop(QUEUE):
            message = json.loads(message)
            body = json.loads(base64.b64decode(message["body"]))
            found.append((message["headers"]["task"], tuple(body[0])))
        return found

    drain()
    yield drain
    drain()


@pytest.fixture
def empty(people, moto):
    """An account that nobody looked at."""
    return moto_account(people.owner.actor, moto, regions=(EAST, WEST))


def look(account, **more):
    with tenant_tx(account.tenant_id):
        return freshness.ensure_fresh(account.tenant_id, registry.resource(KIND), [account], **more)


def test_a_look_asks_once_for_each_scope_that_is_due(empty, queue):
    assert look(empty) == 2
    assert sorted(queue()) == [
        ("inventory.sync_scope", (str(empty.tenant_id), str(empty.id), region, KIND)) for region in (WEST, EAST)
    ]
    assert look(empty) == 0
    assert look(empty, regions=[EAST]) == 0  # another list of the same scope: it was asked for already
    assert queue() == []


def test_what_is_fresh_is_not_asked_for(empty, queue):
    sync(empty, EAST, KIND)
    assert look(empty) == 1
    assert [args[2] for _, args in queue()] == [WEST]


def test_the_task_syncs_and_lets_the_scope_be_asked_for_again(empty, queue):
    look(empty)
    for _, args in queue():
        sync_scope(*args)
    with tenant_tx(empty.tenant_id):
        assert Scan.objects.filter(account_id=empty.id, ok_at__isnull=False).count() == 2
        assert scans.due(empty.tenant_id, places([empty], [registry.resource(KIND)])) == []
        Scan.objects.filter(account_id=empty.id).update(next_at=None)
        again = scans.due(empty.tenant_id, places([empty], [registry.resource(KIND)]))
        assert len(again) == 2
        assert freshness.enqueue(again) == 2


def measured(queue, account):
    asked = [args for task, args in queue() if task == "inventory.measure_scope" and args[1] == str(account.id)]
    return [(region, kind, keys) for _tenant, _account, region, kind, keys in asked]


def test_a_look_has_what_it_shows_measured_once_a_period(empty, queue):
    instances = registry.resource("ec2.instance")

    def show(*keys, regions=()):
        with tenant_tx(empty.tenant_id):
            freshness.ensure_fresh(empty.tenant_id, instances, [empty], regions, measures=keys)
        return measured(queue, empty)

    assert show("cpu") == [], "nothing is known there yet"
    keep(empty, EAST, [instance(1)])
    assert show(regions=[EAST]) == [], "the list shows no measure"
    assert show("cpu", regions=[EAST]) == [(EAST, "ec2.instance", ["cpu"])]
    assert show("cpu", regions=[EAST, WEST]) == [], "asked for already"
    freshness.asked_for(Place(empty.tenant_id, empty.id, EAST, "ec2.instance"), "cpu")
    assert measure(empty, EAST, instances).busy is False
    assert show("cpu", regions=[WEST, EAST, "eu-north-1"]) == [], "the period isn't over"


def test_what_waits_for_its_first_reading_is_measured_after_it(empty, queue):
    instances = registry.resource("ec2.instance")
    with tenant_tx(empty.tenant_id):
        freshness.ensure_fresh(empty.tenant_id, instances, [empty], [EAST])
    asked = queue()
    assert [task for task, _ in asked] == ["inventory.sync_scope"]
    keep(empty, EAST, [instance(1)])
    sync_scope(*asked[0][1])  # nothing is there: what the scan counts decides
    assert measured(queue, empty) == []
    keep(empty, EAST, [instance(1)])
    place = Place(empty.tenant_id, empty.id, EAST, "ec2.instance")
    freshness.measure_watched(place)
    assert measured(queue, empty) == [(EAST, "ec2.instance", ["cpu"])]
    freshness.measure_watched(Place(empty.tenant_id, empty.id, WEST, "ec2.instance"))
    assert measured(queue, empty) == [], "nobody looks there"


def test_beat_measures_again_what_is_watched(empty, queue):
    instances = registry.resource("ec2.instance")
    keep(empty, EAST, [instance(1)])
    with tenant_tx(empty.tenant_id):
        freshness.ensure_fresh(empty.tenant_id, instances, [empty], [EAST])
    for task, args in queue():
        if task == "inventory.measure_scope":
            measure_scope(*args)
    freshness.refresh_watched()
    assert measured(queue, empty) == []
    with tenant_tx(empty.tenant_id):
        scan = MeasureScan.objects.get(account_id=empty.id)
        assert timedelta(minutes=4) < scan.next_at - scan.finished_at < timedelta(minutes=5, seconds=1)
        MeasureScan.objects.filter(account_id=empty.id).update(next_at=None)
    freshness.refresh_watched()
    assert measured(queue, empty) == [(EAST, "ec2.instance", ["cpu"])]


def test_nothing_is_asked_for_when_the_transaction_fails(empty, queue):
    def view():
        with tenant_tx(empty.tenant_id):
            assert freshness.ensure_fresh(empty.tenant_id, registry.resource(KIND), [empty]) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        view()
    assert queue() == []


def test_a_page_does_not_need_redis(empty, monkeypatch):
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    freshness._redis.cache_clear()
    try:
        assert look(empty) == 0
        assert freshness.sync_account(empty) == 0
    finally:
        freshness._redis.cache_clear()


def test_beat_renews_what_is_watched_and_reads_new_accounts(people, ministack, empty, queue):
    look(empty)
    queue()
    sync(empty, EAST, KIND)
    sync(empty, WEST, KIND)
    freshness.refresh_watched()
    assert not [args for _, args in queue() if args[1] == str(empty.id)]

    with tenant_tx(empty.tenant_id):
        Scan.objects.filter(account_id=empty.id, region=EAST).update(next_at=None)
    freshness.asked_for(Place(empty.tenant_id, empty.id, EAST, KIND))
    new = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    freshness.refresh_watched()
    asked = [args for _, args in queue()]

    assert [args[2:] for args in asked if args[1] == str(empty.id)] == [(EAST, KIND)]
    assert {args[3] for args in asked if args[1] == str(new.id)} == {one.kind for one in registry.resources()}


def test_tasks_forgive_what_is_gone(people, empty):
    other = str(people.outsider.actor.tenant_id)
    sync_scope(str(empty.tenant_id), str(empty.id), EAST, "ec2.nothing")
    sync_scope(other, str(empty.id), EAST, KIND)
    refresh_some(other, str(empty.id), EAST, KIND, ["vpc-1"])
    measure_scope(other, str(empty.id), EAST, "ec2.instance", ["cpu"])
    measure_scope(str(empty.tenant_id), str(empty.id), EAST, "ec2.nothing", ["cpu"])
    measure_scope(str(empty.tenant_id), str(empty.id), EAST, "ec2.instance", ["nothing"])
    with tenant_tx(empty.tenant_id):
        assert not Scan.objects.filter(account_id=empty.id).exists()
        assert not MeasureScan.objects.filter(account_id=empty.id).exists()


def test_scans_for_the_freshness_line(empty):
    sync(empty, EAST, KIND)
    with tenant_tx(empty.tenant_id):
        [scan] = scans.scans(empty.tenant_id, KIND, [empty.id], [EAST])
        assert (scan.count, scan.error, scan.ok_at is not None) == (1, None, True)
        assert scans.scans(empty.tenant_id, KIND, [empty.id], [WEST]) == []


def test_deleting_an_account_takes_its_resources_along(people, empty):
    sync(empty, EAST, KIND)
    accounts.delete_account(people.owner.actor, empty.id)
    with tenant_tx(empty.tenant_id):
        assert not Scan.objects.filter(account_id=empty.id).exists()
    assert sync(empty, EAST, KIND).count == 0

"""Real readings of real emulators: what is written, what isn't, and what goes."""

import threading

import pytest
from django.db import connection

from apps.catalog import registry
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.inventory import history, query, scans
from apps.inventory.models import Entry, Scan
from apps.inventory.places import Place
from apps.inventory.query import Query
from apps.inventory.sync import refresh, sync
from apps.tenancy.context import tenant_tx

REGION, KIND = "us-east-1", "ec2.instance"


def listed(person, kind=KIND, **more):
    with tenant_tx(person.actor.tenant_id):
        return query.listing(person.actor, registry.resource(kind), Query(**more))


def place(account, kind=KIND, region=REGION):
    return Place(account.tenant_id, account.id, region, kind)


def scan(account, kind=KIND, region=REGION):
    with tenant_tx(account.tenant_id):
        return Scan.objects.get(account_id=account.id, kind=kind, region=region)


def versions(account):
    """Which version of each row the table holds: a written row has a new one."""
    with tenant_tx(account.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text FROM inventory_entry WHERE account_id = %s", [account.id])
        return dict(cursor.fetchall())


def test_a_sync_brings_what_is_there(people, account, launch):
    ids = launch(2, "web", env="prod")
    outcome = sync(account, REGION, KIND)

    assert (outcome.added, outcome.changed, outcome.gone, outcome.count, outcome.error) == (2, 0, 0, 2, None)
    page = listed(people.viewer, accounts=[account.id])
    assert {item.id for item in page.items} == set(ids)
    assert page.total == 2
    item = page.items[0]
    assert (item.name, item.tags["env"], item.state, item.region) == ("web", "prod", "running", REGION)
    assert item.account == str(account.id)
    assert item.zone.startswith(REGION)
    assert item.attrs["InstanceType"] == "t3.micro"


def test_what_did_not_change_is_not_written(people, account, launch):
    launch(3)
    sync(account, REGION, KIND)
    before = versions(account)

    outcome = sync(account, REGION, KIND)

    assert not outcome.any
    assert versions(account) == before
    assert scan(account).count == 3


def test_a_change_and_a_loss(people, account, launch):
    stays, stops, goes = launch(3)
    sync(account, REGION, KIND)
    before = versions(account)
    call(account, REGION, "ec2.stop_instances", {"InstanceIds": [stops]})
    call(account, REGION, "ec2.terminate_instances", {"InstanceIds": [goes]})
    changed = sync(account, REGION, KIND)

    assert changed.changed == 2  # a terminated instance is still described for a while
    after = versions(account)
    assert sum(after[id] != before[id] for id in before) == 2
    with tenant_tx(account.tenant_id):
        [line] = history.changes(account.tenant_id, KIND, stops, account.id, REGION)
        assert (line.what, line.before, line.after) == ("changed", {"state": "running"}, {"state": "stopped"})
        assert history.changes(account.tenant_id, KIND, stays, account.id, REGION) == []


def test_what_aws_no_longer_names_is_gone_and_may_come_back(people, account):
    made = call(account, REGION, "ec2.create_volume", {"AvailabilityZone": f"{REGION}a", "Size": 8}).data["VolumeId"]
    sync(account, REGION, "ec2.volume")
    call(account, REGION, "ec2.delete_volume", {"VolumeId": made})
    outcome = sync(account, REGION, "ec2.volume")

    assert outcome.gone == 1
    with tenant_tx(account.tenant_id):
        assert query.get(account.tenant_id, "ec2.volume", made) is None
        assert query.get(account.tenant_id, "ec2.volume", made, gone=True).id == made
        assert history.changes(account.tenant_id, "ec2.volume", made, account.id, REGION)[0].what == "gone"
        Entry.objects.filter(resource_id=made).update(digest=b"")
    assert listed(people.viewer, "ec2.volume", accounts=[account.id]).total == 0


def test_the_monthly_cost_is_kept(people, account):
    call(account, REGION, "ec2.create_volume", {"AvailabilityZone": f"{REGION}a", "Size": 100, "VolumeType": "gp3"})
    sync(account, REGION, "ec2.volume")
    with tenant_tx(account.tenant_id):
        assert Entry.objects.get(account_id=account.id, kind="ec2.volume").monthly_cost == 8


def test_a_failed_reading_keeps_what_was_known_and_says_why(people, account, launch):
    launch(1)
    sync(account, REGION, KIND)
    good = account.endpoints
    account.endpoints = {"*": "http://127.0.0.1:1"}
    outcome = sync(account, REGION, KIND)

    assert outcome.error.code == "EndpointNotAllowed"
    assert scan(account).error["code"] == "EndpointNotAllowed"
    assert scan(account).next_at > scan(account).finished_at
    assert listed(people.viewer, accounts=[account.id]).total == 1
    account.endpoints = good
    assert sync(account, REGION, KIND).error is None
    assert scan(account).error is None


def test_every_declared_kind_syncs_or_says_that_it_is_not_supported(people, account, stack):
    for resource in registry.resources():
        region = "global" if resource.scope == "global" else REGION
        if resource.client == "savingsplans":
            continue  # neither emulator knows it, the demo's EC2 does: tests/services/ec2/test_savings.py
        owner = stack if resource.client in {"iam", "s3", "lambda", "sts"} else account
        outcome = sync(owner, region, resource.kind)
        assert outcome.error is None or outcome.error.kind == "unsupported", (resource.kind, outcome.error)


def test_two_syncs_of_a_scope_do_not_overlap(people, account):
    with tenant_tx(account.tenant_id):
        claim = scans.claim(place(account))
    assert claim is not None
    assert sync(account, REGION, KIND).busy

    with tenant_tx(account.tenant_id):
        scans.release(place(account))
    assert not sync(account, REGION, KIND).busy


def test_many_at_once_read_once_and_agree(people, account, launch):
    launch(5)
    outcomes = []

    def work():
        try:
            outcomes.append(sync(account, REGION, KIND))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sum(outcome.added for outcome in outcomes) == 5
    assert listed(people.viewer, accounts=[account.id]).total == 5


def test_a_claim_of_a_dead_worker_is_nobodys(people, account):
    with tenant_tx(account.tenant_id), connection.cursor() as cursor:
        scans.claim(place(account))
        cursor.execute(
            "UPDATE inventory_scan SET started_at = now() - interval '16 minutes' WHERE account_id = %s", [account.id]
        )
    assert not sync(account, REGION, KIND).busy


class TestRefresh:
    def test_it_reads_those_only(self, people, account, launch):
        first, second = launch(2)
        outcome = refresh(account, REGION, KIND, [first])

        assert outcome.added == 1
        with tenant_tx(account.tenant_id):
            assert query.get(account.tenant_id, KIND, first).state == "running"
            assert query.get(account.tenant_id, KIND, second) is None

    def test_missing_ids_among_known_ones_are_gone(self, people, account):
        made = [
            call(account, REGION, "ec2.create_volume", {"AvailabilityZone": f"{REGION}a", "Size": 8}).data["VolumeId"]
            for _ in range(5)
        ]
        sync(account, REGION, "ec2.volume")
        for id in made[1:3]:
            call(account, REGION, "ec2.delete_volume", {"VolumeId": id})
        outcome = refresh(account, REGION, "ec2.volume", made)

        assert (outcome.gone, outcome.count) == (2, 3)
        assert {item.id for item in listed(people.viewer, "ec2.volume", accounts=[account.id]).items} == set(
            made
        ) - set(made[1:3])
        assert scan(account, "ec2.volume").count == 3

    def test_a_sync_that_read_earlier_does_not_undo_it(self, people, account, launch):
        """The sync's pages were read before the refresh: what they say of that instance is old."""
        [id] = launch(1)
        sync(account, REGION, KIND)
        with tenant_tx(account.tenant_id):
            claim = scans.claim(place(account))
        from apps.inventory import store
        from apps.inventory.sync import read

        resource = registry.resource(KIND)
        old = read(account, REGION, resource)
        call(account, REGION, "ec2.stop_instances", {"InstanceIds": [id]})
        refresh(account, REGION, KIND, [id])
        with tenant_tx(account.tenant_id):
            store.replace(place(account), old, claim)
            assert query.get(account.tenant_id, KIND, id).state == "stopped"
            store.replace(place(account), [], claim)
            assert query.get(account.tenant_id, KIND, id) is not None

    def test_another_error_is_raised_and_nothing_is_lost(self, people, account, launch):
        [id] = launch(1)
        sync(account, REGION, KIND)
        account.endpoints = {"*": "http://127.0.0.1:1"}
        with pytest.raises(CallFailed):
            refresh(account, REGION, KIND, [id])
        with tenant_tx(account.tenant_id):
            assert query.get(account.tenant_id, KIND, id) is not None

    def test_a_kind_that_is_not_read_by_id_is_read_whole(self, people, stack):
        call(stack, "global", "iam.create_instance_profile", {"InstanceProfileName": "web"})
        assert refresh(stack, "global", "iam.instance-profile", ["web"]).added == 1


def test_only_a_change_is_published(people, account, launch, redis):
    import redis as client

    from apps.live.bus import channel

    launch(1)
    listener = client.Redis.from_url(redis).pubsub()
    listener.subscribe(channel(account.tenant_id))
    assert listener.get_message(timeout=20)["type"] == "subscribe"
    heard = lambda: [m["data"].decode() for m in iter(lambda: listener.get_message(timeout=0.2), None)]  # noqa: E731

    sync(account, REGION, KIND)
    assert heard() == ['["inventory-ec2-instance"]']
    sync(account, REGION, KIND)
    assert heard() == []
    listener.close()

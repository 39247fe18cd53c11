"""Schedules: a moment makes one run or is said to be missed, whoever looks; only what it made is ever deleted."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from apps.audit.models import AuditEvent
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.operations import keeping, runs, schedules, timetable, turns
from apps.operations import run as running
from apps.operations.models import Operation, Run, Schedule
from apps.operations.prepare import Missing
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Role
from apps.users.models import User
from tests.cloud.helpers import keys_draft
from tests.console.world import stock
from tests.operations.conftest import REGION, World
from tests.people import make_member, make_people

ACT = "ec2.instance.back-up"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Backups:
    """A schedule over instances with a tag of the test's own, and the world that it runs in."""

    image = "ami-12c6146b"

    def __init__(self, world, person):
        self.world, self.person, self.tenant = world, person, world.people.tenant_id

    def draft(self, **more):
        values = {
            "name": f"nightly {self.world.mark}",
            "act": ACT,
            "values": {"boot": True, "copy_tags": True},
            "tags": [{"key": "backup", "value": self.world.mark}],
            "accounts": [],
            "regions": [],
            "timetable": {},
            "cron": "0 3 * * *",
            "zone": "Europe/Berlin",
            "keep_count": 2,
            "keep_days": None,
            "grace": 60,
        }
        return schedules.Draft(**values | more)

    def make(self, now="2026-11-20T12:00", person=None, **more):
        with tenant_tx(self.tenant):
            return schedules.create((person or self.person).actor, self.draft(**more), at(now))

    def take(self, schedule, now):
        return turns.take(self.tenant, schedule.id, at(now) if isinstance(now, str) else now)

    def finish(self, run, now):
        """Its operations run, and it is looked at until it ends."""
        now = at(now)
        for n in range(20):
            with tenant_tx(self.tenant):
                left = list(Operation.objects.filter(run_id=run.id, ended_at=None))
            for operation in left:
                self.world.run(operation)
            runs.step(self.tenant, run.id, now + timedelta(minutes=5 * n))
            found = self.run(run)
            if found.ended_at:
                return found
        raise AssertionError(f"not ended: {found.state}")

    def run(self, run):
        with tenant_tx(self.tenant):
            return Run.objects.prefetch_related("operations").get(id=run.id)

    def history(self, schedule):
        with tenant_tx(self.tenant):
            return [(run.due_at, run.state) for run in Run.objects.filter(schedule=schedule).order_by("due_at")]

    def read(self, schedule):
        with tenant_tx(self.tenant):
            return Schedule.objects.get(id=schedule.id)

    def instance(self, tagged=True):
        tags = [{"Key": "Name", "Value": f"db-{self.world.mark}"}]
        tags += [{"Key": "backup", "Value": self.world.mark}] if tagged else []
        made = self.world.aws.run_instances(
            ImageId=self.image,
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )
        return made["Instances"][0]["InstanceId"]

    def snapshots(self, schedule):
        found = self.world.aws.describe_snapshots(
            Filters=[{"Name": "tag:northgate:schedule", "Values": [str(schedule.id)]}]
        )
        return sorted(found["Snapshots"], key=lambda one: one["StartTime"])

    def ask_record(self, act):
        with tenant_tx(self.tenant):
            return list(AuditEvent.objects.filter(act=act, target_name__contains=self.world.mark).order_by("id"))


@pytest.fixture
def backups(world):
    return Backups(world, world.people.operator)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        # Clocks in Berlin go from 2:00 to 3:00 on 29 March 2026, and from 3:00 to 2:00 on 25 October.
        ("30 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("30 2 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("0 3 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T01:00"]),
        ("0 4 L * *", "2026-01-31T12:00", ["2026-02-28T03:00", "2026-03-31T02:00"]),
        ("0 * * * *", "2026-10-25T00:00", ["2026-10-25T01:00", "2026-10-25T02:00"]),
    ],
)
def test_days_on_which_the_clocks_change(cron, after, due):
    found = timetable.after(cron, "Europe/Berlin", at(after))
    assert [next(found), next(found)] == [at(text) for text in due]


@pytest.mark.pure
@pytest.mark.parametrize("cron", ["* * * * *", "0,30 4 * * *", "0 0 30 2 *", "@daily", "0 4 * *", "x y z u v"])
def test_what_is_no_timetable(cron):
    with pytest.raises(timetable.Unreadable):
        timetable.check(cron, "UTC")


@pytest.mark.pure
def test_how_many_copies_there_are_at_most():
    now = at("2026-11-20T12:00")
    assert timetable.copies("0 3 * * *", "UTC", 7, None, now) == 8
    assert timetable.copies("0 */6 * * *", "UTC", 7, 30, now) == 121


def test_a_moment_makes_one_run_that_snapshots_what_has_the_tag_now(backups):
    schedule = backups.make()
    assert schedule.next_at == at("2026-11-21T02:00")
    assert backups.take(schedule, "2026-11-21T01:59") is None
    one, other = backups.instance(), backups.instance(tagged=False)
    run = backups.take(schedule, "2026-11-21T02:00:05")
    assert (run.state, run.targets, run.due_at) == ("making", 1, at("2026-11-21T02:00"))
    assert backups.read(schedule).next_at == at("2026-11-22T02:00")
    assert backups.take(schedule, "2026-11-21T02:00:06") is None
    ended = backups.finish(run, "2026-11-21T02:01")
    assert (ended.state, ended.reason) == ("succeeded", "")
    (operation,) = ended.operations.all()
    assert (operation.act, operation.who_name) == (ACT, backups.person.actor.name)
    (made,) = backups.snapshots(schedule)
    tags = {tag["Key"]: tag["Value"] for tag in made["Tags"]}
    assert tags["northgate:source"] == one
    assert tags["northgate:operation"] == str(operation.id)
    assert tags["Name"] == f"db-{backups.world.mark} 2026-11-21 03:00"
    assert tags["backup"] == backups.world.mark
    # A tag that is added later is seen at the next moment.
    backups.world.aws.create_tags(Resources=[other], Tags=[{"Key": "backup", "Value": backups.world.mark}])
    run = backups.take(schedule, "2026-11-22T02:00:05")
    assert run.targets == 2
    assert [event.result for event in backups.ask_record("operations.schedule.turn")] == ["intent", "ok", "intent"]


def test_two_dispatchers_at_once_make_one_run(backups):
    backups.instance()
    schedule = backups.make()

    def take(_n):
        try:
            return backups.take(schedule, "2026-11-21T02:00:05")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        taken = [run for run in pool.map(take, range(4)) if run]
    assert len(taken) == 1
    assert len(backups.history(schedule)) == 1
    with tenant_tx(backups.tenant):
        assert Operation.objects.filter(run__schedule=schedule).count() == 1


def test_who_died_with_a_moment_in_hand_loses_nothing(backups):
    backups.instance()
    schedule = backups.make()
    with tenant_tx(backups.tenant):  # somebody took it and was never heard of again
        Schedule.objects.filter(id=schedule.id).update(lease_until=at("2026-11-21T02:10"))
    assert backups.take(schedule, "2026-11-21T02:05") is None
    assert backups.take(schedule, "2026-11-21T02:10:01").state == "making"


def test_a_day_without_a_dispatcher_is_told(backups):
    backups.instance()
    schedule = backups.make(cron="0 */6 * * *", grace=90)
    run = backups.take(schedule, "2026-11-21T18:10")
    # 23:00 UTC is midnight in Berlin; the last moment is ten minutes late only.
    moments = ["2026-11-20T17:00", "2026-11-20T23:00", "2026-11-21T05:00", "2026-11-21T11:00", "2026-11-21T17:00"]
    states = ["missed"] * 4 + ["making"]
    assert backups.history(schedule) == list(zip(map(at, moments), states, strict=True))
    assert run.state == "making"
    assert backups.read(schedule).next_at == at("2026-11-21T23:00")
    assert [event.result for event in backups.ask_record("operations.schedule.turn")] == ["failed"] * 4 + ["intent"]
    # Too late for the last one, too: it is not made up for.
    late = backups.take(schedule, "2026-11-22T02:00")
    assert late.state == "missed"
    with tenant_tx(backups.tenant):
        (told,) = [one for one in schedules.troubled(backups.person.actor) if one.schedule.id == schedule.id]
    assert told.last.id == late.id


def test_what_a_long_absence_missed_is_summed_up(backups):
    schedule = backups.make(cron="0 * * * *")
    backups.take(schedule, "2026-11-25T12:30")
    history = backups.history(schedule)
    assert len(history) == turns.RECORDED
    with tenant_tx(backups.tenant):
        first = Run.objects.filter(schedule=schedule).order_by("due_at").first()
    assert f"{5 * 24 - turns.RECORDED} times before this" in first.reason


def test_nothing_with_the_tag_is_told(backups):
    schedule = backups.make(accounts=[str(backups.world.account.id)])  # another account here has no good credential
    run = backups.take(schedule, "2026-11-21T02:00:05")
    assert (run.state, run.reason) == ("empty", f"No instances with backup={backups.world.mark} were found.")


def test_a_permission_that_was_taken_away_is_refused_and_told(backups):
    people = backups.world.people
    person = make_member(people.tenant, people.owner, "operator")
    backups.instance()
    schedule = backups.make(person=person)
    with tenant_tx(backups.tenant):
        bindings = Binding.objects.filter(membership_id=person.actor.membership_id)
        bindings.update(role=Role.objects.get(builtin="viewer"))
    run = backups.take(schedule, "2026-11-21T02:00:05")
    assert run.state == "refused"
    assert ACT in run.reason
    with tenant_tx(backups.tenant):
        assert not Operation.objects.filter(run=run).exists()
    assert [event.result for event in backups.ask_record("operations.schedule.turn")] == ["denied"]


def test_whoever_is_deactivated_asks_for_nothing_any_more(backups):
    people = backups.world.people
    person = make_member(people.tenant, people.owner, "operator")
    backups.instance()
    schedule = backups.make(person=person)
    User.objects.filter(id=person.user.id).update(is_active=False)
    run = backups.take(schedule, "2026-11-21T02:00:05")
    assert run.state == "refused"
    assert person.actor.name in run.reason
    # Somebody else saves it, and it is theirs.
    with tenant_tx(backups.tenant):
        schedules.change(people.owner.actor, schedule.id, backups.draft(), at("2026-11-21T12:00"))
    run = backups.take(schedule, "2026-11-22T02:00:05")
    assert run.state == "making"
    with tenant_tx(backups.tenant):
        assert Operation.objects.get(run=run).who_name == people.owner.actor.name


def test_old_copies_go_and_nothing_else_does(backups):
    backups.instance()
    schedule = backups.make(keep_count=2)
    volume = backups.world.aws.describe_volumes()["Volumes"][-1]["VolumeId"]
    for n in range(21, 24):
        run = backups.take(schedule, f"2026-11-{n}T02:00:05")
        ended = backups.finish(run, f"2026-11-{n}T02:01")
        assert ended.state == "succeeded"
        if n == 21:  # somebody lays a snapshot of their own beside it, with the very same tags
            (mine,) = backups.snapshots(schedule)
            copied = [tag for tag in mine["Tags"] if not tag["Key"].startswith("aws:")]
            foreign = backups.world.aws.create_snapshot(
                VolumeId=volume, TagSpecifications=[{"ResourceType": "snapshot", "Tags": copied}]
            )["SnapshotId"]
            backups.world.sync("ec2.snapshot")
    assert ended.deleted == 1
    left = {one["SnapshotId"] for one in backups.snapshots(schedule)}
    assert mine["SnapshotId"] not in left
    assert foreign in left
    assert len(left) == 3
    acts = [operation.act for operation in sorted(ended.operations.all(), key=lambda one: one.created_at)]
    assert acts == [ACT, "ec2.snapshot.delete"]


def test_a_copy_whose_tag_was_taken_off_stays(backups):
    backups.instance()
    schedule = backups.make(keep_count=1)
    run = backups.take(schedule, "2026-11-21T02:00:05")
    backups.finish(run, "2026-11-21T02:01")
    (mine,) = backups.snapshots(schedule)
    backups.world.aws.delete_tags(Resources=[mine["SnapshotId"]], Tags=[{"Key": "northgate:schedule"}])
    run = backups.take(schedule, "2026-11-22T02:00:05")
    assert backups.finish(run, "2026-11-22T02:01").deleted == 0
    assert backups.world.aws.describe_snapshots(SnapshotIds=[mine["SnapshotId"]])["Snapshots"]


@pytest.fixture
def images_again(world):
    """What a test puts in the catalogue's place is gone after it: the account is everybody's."""
    yield
    world.sync("ec2.image")


def test_a_copy_that_is_used_stays_and_is_told(backups, images_again):
    backups.instance()
    schedule = backups.make(keep_count=1)
    backups.finish(backups.take(schedule, "2026-11-21T02:00:05"), "2026-11-21T02:01")
    backups.finish(backups.take(schedule, "2026-11-22T02:00:05"), "2026-11-22T02:01")
    (used,) = [one["SnapshotId"] for one in backups.snapshots(schedule)]
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": used}}
    name = f"golden {backups.world.mark}"
    backups.world.aws.register_image(Name=name, RootDeviceName="/dev/xvda", BlockDeviceMappings=[disk])
    image = backups.world.aws.describe_images(Filters=[{"Name": "name", "Values": [name]}])["Images"][0]
    stock(backups.world.account, REGION, "ec2.image", [image | {"BlockDeviceMappings": [disk]}])
    ended = backups.finish(backups.take(schedule, "2026-11-23T02:00:05"), "2026-11-23T02:01")
    assert (ended.state, ended.deleted) == ("succeeded", 0)
    assert f"is a disk of the image {name}" in " ".join(ended.left_out)


def test_images_and_their_snapshots_go_together(panel_env, demo_ec2):
    people = make_people()
    number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
    account = create_account(people.owner.actor, keys_draft(demo_ec2, number, regions=(REGION,)), check=False)
    world = World(people, account, clients.client(account, "ec2", REGION), None, secrets.token_hex(4))
    backups = Backups(world, people.operator)
    backups.image = world.aws.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    one = backups.instance()
    waiter = world.aws.get_waiter("instance_running")
    waiter.config.delay = 0.2
    waiter.wait(InstanceIds=[one])
    schedule = backups.make(act="ec2.instance.keep-image", values={"no_reboot": True, "copy_tags": True}, keep_count=1)
    for n in (21, 22):
        ended = backups.finish(backups.take(schedule, f"2026-11-{n}T02:00:05"), f"2026-11-{n}T02:01")
        assert ended.state == "succeeded", ended.reason
    tagged = [{"Name": "tag:northgate:schedule", "Values": [str(schedule.id)]}]
    (left,) = backups.world.aws.describe_images(Owners=["self"], Filters=tagged)["Images"]
    assert "2026-11-22 03.00.00" in left["Name"]
    operations = sorted(ended.operations.all(), key=lambda one: one.created_at)
    assert [one.act for one in operations] == ["ec2.instance.keep-image", "ec2.image.deregister"]
    calls = [step["call"] for step in operations[1].plan["steps"]]
    assert calls[0] == "ec2.deregister_image"
    assert set(calls[1:]) == {"ec2.delete_snapshot"}


@pytest.mark.pure
def test_which_copies_are_old():
    now = at("2026-11-20T12:00")

    def copy(days, good=True, busy=False):
        return keeping.Copy("i-1", (), now - timedelta(days=days), good, busy)

    def old(several, count=None, days=None):
        rules = Schedule(keep_count=count, keep_days=days)
        return [(now - one.moment).days for one in keeping.aged(several, rules, now)]

    week = [copy(n) for n in range(7)]
    assert old(week, count=3) == [3, 4, 5, 6]
    assert old(week, days=2) == [3, 4, 5, 6]
    assert old(week, count=2, days=4) == [5, 6]
    # The newest that is complete stays, however old; one that failed or is under way counts for nothing.
    assert old([copy(0, good=False, busy=True), copy(90), copy(100)], days=30) == [100]
    assert old([copy(0, good=False), copy(5), copy(6, good=False)], count=1) == [6]
    assert old([copy(0, good=False), copy(1, good=False)], count=1) == []


def test_paused_and_resumed(backups):
    schedule = backups.make()
    with tenant_tx(backups.tenant):
        schedules.pause(backups.person.actor, schedule.id)
    assert backups.take(schedule, "2026-11-22T02:00:05") is None
    with tenant_tx(backups.tenant):
        schedules.resume(backups.person.actor, schedule.id, at("2026-11-23T12:00"))
    assert backups.history(schedule) == []
    assert backups.read(schedule).next_at == at("2026-11-24T02:00")


def test_run_now_is_in_the_name_of_who_asks(backups):
    backups.instance()
    backups.world.sync("ec2.instance")
    schedule = backups.make()
    owner = backups.world.people.owner.actor
    with tenant_tx(backups.tenant):
        run = schedules.run_now(owner, schedule.id, at("2026-11-20T15:00"))
        assert Operation.objects.get(run=run).who_name == owner.name
    assert run.by == owner.name
    assert backups.read(schedule).next_at == at("2026-11-21T02:00")


def test_who_may_not(backups):
    people, schedule = backups.world.people, backups.make()
    with tenant_tx(backups.tenant):
        assert schedules.get(people.viewer.actor, schedule.id)
    for act in (schedules.pause, schedules.delete, schedules.run_now):
        with pytest.raises(Denied), tenant_tx(backups.tenant):
            act(people.viewer.actor, schedule.id)
    with pytest.raises(Denied), tenant_tx(backups.tenant):
        schedules.create(people.viewer.actor, backups.draft(name=secrets.token_hex(4)))
    outsider = people.outsider.actor
    with pytest.raises(Missing), tenant_tx(outsider.tenant_id):
        schedules.get(outsider, schedule.id)


def test_deleting_it_leaves_what_it_made(backups):
    backups.instance()
    schedule = backups.make()
    run = backups.finish(backups.take(schedule, "2026-11-21T02:00:05"), "2026-11-21T02:01")
    with tenant_tx(backups.tenant):
        schedules.delete(backups.person.actor, schedule.id)
        assert not Run.objects.filter(id=run.id).exists()
        assert Operation.objects.get(id=run.operations.all()[0].id).run_id is None
    assert len(backups.snapshots(schedule)) == 1
    acts = [event.act for event in backups.ask_record("operations.schedule.delete")]
    assert acts == ["operations.schedule.delete"]


def test_a_lost_answer_makes_no_second_snapshot(backups, monkeypatch):
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    one, other = backups.instance(), backups.instance()
    schedule = backups.make()
    run = backups.take(schedule, "2026-11-21T02:00:05")
    backups.world.proxy.rule("CreateSnapshots", lose=True)
    assert backups.finish(run, "2026-11-21T02:01").state == "succeeded"
    made = backups.snapshots(schedule)
    sources = {tag["Value"] for found in made for tag in found["Tags"] if tag["Key"] == "northgate:source"}
    assert (len(made), sources) == (2, {one, other})

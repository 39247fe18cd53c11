"""The pages of schedules: the form with its preview, one with its runs, and what nobody else sees."""

import re
from datetime import UTC, datetime

import pytest

from apps.operations import schedules, turns
from apps.operations.models import Run, Schedule
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding
from tests.console.world import client, stock

REGION = "eu-west-1"


@pytest.fixture
def disks(world):
    """The inventory knows two instances of one owner with a volume of 20 GiB each."""
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1"}}
    found = []
    for n in (1, 2):
        found.append(
            {
                "InstanceId": f"i-{n}",
                "State": {"Name": "running"},
                "RootDeviceName": "/dev/xvda",
                "BlockDeviceMappings": [root | {"Ebs": {"VolumeId": f"vol-{n}"}}],
                "Tags": [{"Key": "Name", "Value": f"db-{n}"}, {"Key": "owner", "Value": "data"}],
            }
        )
    stock(world.production, REGION, "ec2.instance", found)
    volumes = [{"VolumeId": f"vol-{n}", "Size": 20, "State": "in-use"} for n in (1, 2)]
    stock(world.production, REGION, "ec2.volume", volumes)
    return world


def posted(**more):
    return {
        "name": "Nightly",
        "tags-0-key": "owner",
        "tags-0-value": "data",
        "every": "day",
        "time": "03:00",
        "zone": "Europe/Berlin",
        "grace": "60",
        "keep_count": "7",
        "back-up-boot": "on",
        "back-up-copy_tags": "on",
    } | more


def made(world):
    with tenant_tx(world.tenant_id):
        return Schedule.objects.get(tenant_id=world.tenant_id)


def text(answer):
    return answer.content.decode()


def test_preview_names_the_targets_the_moments_and_the_most_that_it_costs(disks):
    browser = client(disks.people.operator)
    shown = text(browser.post("/schedules/preview/", posted()))
    assert "2 have these tags now" in shown
    assert "db-1" in shown
    assert shown.count(" 03:00 ") == 5
    # 2 targets, 8 copies (the newest stands beside the seven until they are counted), 20 GiB, at 0.05 USD a GiB.
    assert "$16.00" in shown
    assert "ec2.snapshot.delete" in shown
    assert "Nothing has these tags now." in text(browser.post("/schedules/preview/", posted(**{"tags-0-value": "x"})))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"time": "25:00"}, "Write hours and minutes"),
        ({"keep_count": ""}, "Say how many are kept"),
        ({"tags-0-key": "", "tags-0-value": ""}, "This field is required."),
        ({"every": "cron", "cron": "* * * * *"}, "It may come once an hour at most."),
        ({"every": "cron", "cron": "0 25 * * *"}, "is not a cron expression"),
        ({"every": "week", "weekdays": []}, "This field is required."),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"accounts": "00000000-0000-0000-0000-000000000000"}, "There is no such account"),
        ({"regions": "mars-1"}, "No account is used in mars-1."),
    ],
)
def test_what_the_form_refuses(disks, wrong, message):
    answer = client(disks.people.operator).post("/schedules/create/", posted(**wrong))
    assert answer.status_code == 200
    assert message in text(answer)
    with tenant_tx(disks.tenant_id):
        assert not Schedule.objects.exists()


def test_made_changed_paused_and_deleted(disks):
    operator, owner = client(disks.people.operator), client(disks.people.owner)
    assert operator.get("/schedules/create/").status_code == 200
    address = operator.post("/schedules/create/", posted())["Location"]
    found = made(disks)
    assert address == f"/schedules/{found.id}/"
    assert (found.cron, found.zone, found.keep_count) == ("0 3 * * *", "Europe/Berlin", 7)
    assert found.values == {"boot": True, "copy_tags": True}
    page = text(operator.get(address))
    assert "Every day at 03:00" in page
    assert f'<a class="ref" href="/ec2/instances/i-2@{disks.production.id}:{REGION}/">db-2</a>' in page
    assert "The last 7" in page
    assert "There is a schedule of this name." in text(operator.post("/schedules/create/", posted()))
    # Somebody else saves it: it is theirs.
    assert disks.people.operator.actor.name in text(owner.get(f"{address}edit/"))
    answer = owner.post(f"{address}edit/", posted(every="week", weekdays=["1", "5"], time="22:30"))
    assert answer["Location"] == address
    found = made(disks)
    assert (found.cron, found.who_name) == ("30 22 * * 1,5", disks.people.owner.actor.name)
    assert 'value="1"' in text(owner.get(f"{address}edit/"))
    operator.post(f"{address}pause/")
    assert made(disks).next_at is None
    operator.post(f"{address}resume/")
    assert made(disks).next_at is not None
    operator.post(f"{address}delete/", {"confirm": "something else"})
    assert made(disks)
    assert operator.post(f"{address}delete/", {"confirm": "Nightly"})["Location"] == "/schedules/"
    with tenant_tx(disks.tenant_id):
        assert not Schedule.objects.exists()


def test_what_was_missed_is_told_where_people_look(disks):
    browser = client(disks.people.operator)
    browser.post("/schedules/create/", posted())
    found = made(disks)
    with tenant_tx(disks.tenant_id):
        Schedule.objects.filter(id=found.id).update(next_at=datetime(2026, 11, 1, 2, tzinfo=UTC))
    turns.take(disks.tenant_id, found.id, datetime(2026, 11, 3, 12, tzinfo=UTC))
    with tenant_tx(disks.tenant_id):
        assert Run.objects.filter(schedule=found, state="missed").count() == 3
    for path in ("/", "/schedules/", f"/schedules/{found.id}/"):
        assert "it was too late for it afterwards" in text(browser.get(path))
    assert "to look at" in text(browser.get("/operations/dock/"))
    browser.post(f"/schedules/{found.id}/pause/")
    assert "too late for it afterwards" not in text(browser.get("/"))


def test_a_second_click_is_no_second_run(disks):
    browser = client(disks.people.operator)
    browser.post("/schedules/create/", posted())
    path = f"/schedules/{made(disks).id}/"
    found = re.search(r'name="_key" value="([0-9a-f-]{36})"', text(browser.get(path)))
    for _click in range(2):
        assert browser.post(f"{path}run/", {"_key": found[1]})["Location"] == path
    with tenant_tx(disks.tenant_id):
        assert Run.objects.filter(schedule=made(disks)).count() == 1
    browser.post(f"{path}run/", {"_key": re.sub(r"\w", "0", found[1])})
    with tenant_tx(disks.tenant_id):
        assert Run.objects.filter(schedule=made(disks)).count() == 2


def test_who_may_look_and_who_may_not(disks):
    client(disks.people.operator).post("/schedules/create/", posted())
    found = made(disks)
    viewer, outsider = client(disks.people.viewer), client(disks.people.outsider)
    assert viewer.get(f"/schedules/{found.id}/").status_code == 200
    for verb in ("pause", "run", "delete"):
        assert viewer.post(f"/schedules/{found.id}/{verb}/", {"confirm": "Nightly"}).status_code == 403
    assert "your role" in text(viewer.post("/schedules/create/", posted(name="Mine"))).lower()
    assert made(disks).id == found.id
    for path in ("", "edit/"):
        assert outsider.get(f"/schedules/{found.id}/{path}").status_code == 404
    assert outsider.post(f"/schedules/preview/?of={found.id}", posted()).status_code == 404


def test_a_role_in_one_account_schedules_there_alone(disks):
    person = disks.people.operator
    with tenant_tx(disks.tenant_id):
        Binding.objects.filter(membership_id=person.actor.membership_id).update(account=disks.staging.id)
    browser = client(person)
    assert "role" in text(browser.post("/schedules/create/", posted()))
    answer = browser.post("/schedules/create/", posted(accounts=str(disks.staging.id)))
    assert answer.status_code == 302
    with tenant_tx(disks.tenant_id):
        assert schedules.get(disks.people.owner.actor, made(disks).id).accounts == [str(disks.staging.id)]

"""Backups by a schedule: the next runs are seen before, one is made now, and a missed one is told."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from apps.operations import runs, turns
from apps.operations.models import Operation, Run, Schedule
from apps.tenancy.context import tenant_tx


def test_backups_are_scheduled_run_and_missed(shelf):
    page, name, summary = shelf.page, f"nightly {shelf.mark}", shelf.page.locator("#summary")
    shelf.aws.create_tags(Resources=[shelf.instance], Tags=[{"Key": "backup", "Value": shelf.mark}])
    shelf.sync("ec2.instance")
    page.goto(f"{page.site}/schedules/create/")
    shelf.field("name").fill(name)
    page.get_by_role("button", name="Add tag").click()
    shelf.field("tags-0-key").fill("backup")
    shelf.field("tags-0-value").fill(shelf.mark)
    shelf.field("time").fill("25:00")
    shelf.refuse("Write hours and minutes, such as 03:00; this is 25:00.")
    expect(shelf.field("name")).to_have_value(name)
    expect(shelf.field("tags-0-value")).to_have_value(shelf.mark)
    shelf.field("time").fill("03:00")
    expect(summary).to_contain_text("1 has these tags now")
    expect(summary.locator(".moments li")).to_have_count(5)
    expect(summary.locator(".moments")).to_contain_text(" 03:00 ")
    expect(summary.locator("p.price")).to_contain_text("$")
    shelf.sound()
    page.locator("#submit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("main")).to_contain_text("Every day at 03:00")

    page.get_by_role("button", name="Run now").click()
    expect(page.locator("main")).to_contain_text("Under way in your name, for 1.")
    with tenant_tx(shelf.people.tenant_id):
        run = Run.objects.select_related("schedule").get(schedule__name=name)
        made = Operation.objects.get(run=run)
    assert shelf.run(made).state == "succeeded"
    for _look in range(3):
        runs.step(shelf.people.tenant_id, run.id, datetime(2100, 1, 1, tzinfo=UTC))
    tag = [{"Name": "tag:northgate:schedule", "Values": [str(run.schedule_id)]}]
    (found,) = shelf.aws.describe_snapshots(Filters=tag)["Snapshots"]
    assert {"Key": "northgate:source", "Value": shelf.instance} in found["Tags"]
    page.reload()
    expect(page.locator(f"#run-{run.id}")).to_contain_text("Succeeded")

    with tenant_tx(shelf.people.tenant_id):
        Schedule.objects.filter(id=run.schedule_id).update(next_at=datetime(2026, 11, 1, 3, tzinfo=UTC))
    turns.take(shelf.people.tenant_id, run.schedule_id, datetime(2026, 11, 1, 12, tzinfo=UTC))
    page.reload()
    missed = page.get_by_role("row", name=re.compile("Missed"))
    expect(missed).to_contain_text("it was too late for it afterwards")
    shelf.sound()

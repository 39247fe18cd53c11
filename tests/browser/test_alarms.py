"""Alarms as a person keeps them: made for an instance, seen to go off, changed, silenced."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.shelf import REGION

TOPIC = f"arn:aws:sns:{REGION}:111111111111:ops"


def test_an_alarm_is_made_seen_changed_and_silenced(shelf):
    page, name, aws = shelf.page, f"busy {shelf.mark}", shelf.client("cloudwatch")

    def there():
        (found,) = aws.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return found

    offered = shelf.client("sns").create_topic(Name=f"ops-{shelf.mark}")["TopicArn"]
    shelf.sync("sns.topic")
    shelf.wizard("/cloudwatch/alarms/create/create/")
    expect(page.locator(f"#l_topic option[value='{offered}']")).to_have_count(1)
    shelf.choose("instance", "api-1")
    shelf.field("name").fill(name)
    shelf.field("periods").fill("300")
    shelf.field("topic").fill("ops")
    shelf.refuse("300 periods of 300 seconds are 90000 seconds; AWS looks back 86400", "this is ops")
    expect(shelf.field("topic")).to_have_value("ops")
    shelf.sound()
    shelf.field("periods").fill("2")
    shelf.field("topic").fill(TOPIC)
    expect(page.locator("#summary")).to_contain_text("$0.10")
    expect(page.locator("#summary")).to_contain_text("It goes off at: CPUUtilization > 80, 2 / 2 × 5 min.")
    shelf.submit("cloudwatch.alarm.create")
    assert there()["AlarmActions"] == [TOPIC]

    measured = {"MetricName": "CPUUtilization", "Dimensions": there()["Dimensions"], "Unit": "Percent"}
    begun = datetime.now(UTC) - timedelta(minutes=25)
    points = [measured | {"Timestamp": begun + timedelta(minutes=5 * n), "Value": 70.0 + 5 * n} for n in range(4)]
    aws.put_metric_data(Namespace="AWS/EC2", MetricData=points)
    aws.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="Two values were above 80.")
    shelf.sync("cloudwatch.alarm")
    page.goto(f"{page.site}/cloudwatch/alarms/?q={shelf.mark}")
    expect(page.locator("#rows")).to_contain_text("CPUUtilization > 80, 2 / 2 × 5 min")
    page.goto(f"{page.site}/cloudwatch/alarms/{name}@{shelf.account.id}:{REGION}/?tab=rule")
    expect(page.locator("#tab-body")).to_contain_text("The metric is out of bounds.")
    expect(page.locator("#tab-body")).to_contain_text("Two values were above 80.")
    shelf.sound()

    page.get_by_role("tab", name="Monitoring").click()
    expect(page.locator(".uplot .u-legend")).to_contain_text("Threshold")
    expect(page.locator(".chart .legend")).to_contain_text("Threshold 80")
    shelf.sound()

    dialog = shelf.dialog("Edit")
    shelf.field("threshold").fill("90")
    shelf.field("datapoints").fill("3")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("3 out of 2 can't be: choose 2 at most.")
    expect(shelf.field("threshold")).to_have_value("90")
    shelf.field("datapoints").fill("1")
    dialog.locator("[data-rows=on_ok]").get_by_role("button", name="Add action").click()
    dialog.locator("[data-rows=on_ok] input").fill(TOPIC)
    expect(dialog.locator("#act-means")).to_contain_text("From then on: CPUUtilization > 90, 1 / 2 × 5 min.")
    expect(dialog.locator("#act-means")).to_contain_text(f"When it is in order again, from then on: {TOPIC}.")
    shelf.sound_dialog()
    shelf.confirm("cloudwatch.alarm.edit", "Save")
    found = there()
    assert (found["Threshold"], found["DatapointsToAlarm"], found["EvaluationPeriods"]) == (90.0, 1, 2)
    assert (found["AlarmActions"], found["OKActions"]) == ([TOPIC], [TOPIC])

    page.reload()
    dialog = shelf.dialog("Turn actions off")
    expect(dialog).to_contain_text(f"Nobody is told and nothing is done when {name} goes off.")
    shelf.confirm("cloudwatch.alarm.disable-actions", "Turn actions off", name)
    assert there()["ActionsEnabled"] is False
    page.reload()
    shelf.dialog("Turn actions on")
    shelf.confirm("cloudwatch.alarm.enable-actions", "Turn actions on")
    assert there()["ActionsEnabled"] is True

"""Steps in another Region, buttons to other kinds' wizards, what is read only when asked for, what makes no sense."""

from dataclasses import replace

import pytest

from apps.catalog import checks, forms, registry
from apps.catalog.actions import Lead
from apps.catalog.cards import Card, Sheet, Shown
from apps.catalog.fields import Region
from apps.catalog.plans import Step, compile_create, compile_targets, reaches
from apps.catalog.resources import Column, Part

pytestmark = pytest.mark.pure

START = registry.action("ec2.instance.start")
INSTANCE = registry.resource("ec2.instance")


def there(item, _values):
    yield Step("ec2.stop_instances", InstanceIds=[item.id])
    yield Step(
        "ec2.start_instances",
        region="us-east-1",
        InstanceIds=["i-2"],
        until=reaches(item.kind, ["i-2"], "running"),
        undo=Step("ec2.stop_instances", InstanceIds=["i-2"]),
    )


def test_a_step_in_another_region_takes_the_permission_there():
    item = checks.example_item(INSTANCE)
    plan = compile_targets(replace(START, run=there), [item], {})
    assert [step["region"] for step in plan.steps] == ["eu-west-1", "us-east-1"]
    assert plan.places == [(item.account, "eu-west-1"), (item.account, "us-east-1")]
    (also,) = plan.also
    assert also == {
        "permission": "ec2.instance.start",
        "account": item.account,
        "region": "us-east-1",
        "path": "",
        "tags": dict(item.tags),
    }


def test_a_wizard_s_step_in_another_region_does_too():
    launch = registry.action("ec2.instance.launch")
    scope = checks.ExampleScope()
    plan = compile_create(
        replace(launch, run=lambda scope, _: there(checks.example_item(INSTANCE), {}), title=None), scope, {}
    )
    assert [(one["permission"], one["region"]) for one in plan.also] == [("ec2.instance.launch", "us-east-1")]


def test_a_region_is_one_of_the_account_s():
    class Form(forms.forms.Form):
        region = Region()

    form = forms.bind(Form, {"region": "eu-central-1"}, scope=checks.ExampleScope())
    assert form.is_valid()
    assert [code for code, _label in form.fields["region"].choices] == ["", "eu-west-1", "eu-central-1"]
    said = forms.json_errors(forms.bind(Form, {"region": "mars-1"}, scope=checks.ExampleScope()))
    assert "mars-1 is not among the account's Regions" in said["region"][0]
    assert "one at a time" in forms.json_errors(forms.bind(Form, {"region": "eu-west-1"}))["region"][0]


def test_a_lead_goes_to_a_wizard_and_fields_that_there_are():
    wrong = [Lead("A", "ec2.instance.lunch", lambda item: {}), Lead("B", "ec2.instance.launch", lambda item: {"a": 1})]
    codes = [one.id for one in checks._check_resource(replace(INSTANCE, leads=wrong))]
    assert codes == ["northgate.E041"] * 2


def test_what_is_asked_for_alone_is_no_column():
    part = Part("Log", "get_console_output", lambda obj: {"InstanceId": obj["InstanceId"]}, "Output", asked=True)
    wrong = replace(INSTANCE, parts=(part,), columns=(Column("Log", "Log"),), leads=[], cards=[], actions={}, groups=())
    assert [one.id for one in checks._check_resource(wrong)] == ["northgate.E040"]


def test_what_takes_a_permission_of_its_own_is_in_no_card():
    part = Part("Log", "get_console_output", lambda obj: {"InstanceId": obj["InstanceId"]}, "Output", guard="read-log")
    card = Card(Sheet("told", "Told"), "Log", lambda item: Shown(), part="Log")
    wrong = replace(INSTANCE, parts=(part,), leads=[], cards=[card], actions={}, groups=())
    assert [one.id for one in checks._check_resource(wrong)] == ["northgate.E056"]


def test_what_makes_no_sense_says_why():
    action = replace(START, unless=lambda item: "It is a museum piece." if item.id else "", when=None)
    assert not action.possible(checks.example_item(INSTANCE))
    assert action.why_not(checks.example_item(INSTANCE)) == "It is a museum piece."


def test_no_field_is_called_as_the_pages_pickers_are():
    class Form(forms.forms.Form):
        region = Region()

    wrong = replace(START, form=Form, example={"region": "eu-west-1"})
    assert "northgate.E047" in [one.id for one in checks._check_action(wrong)]

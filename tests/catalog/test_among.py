"""What a field offers of its targets' own, a state that AWS leaves out, and tags by whatever calls a service has."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.catalog import checks, forms, registry, tags
from apps.catalog.among import Among
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Step, compile_targets
from apps.catalog.resources import State
from apps.cloud import metrics, prices

pytestmark = pytest.mark.pure


class StopForm(forms.forms.Form):
    disks = Among(lambda item, scope: [(each, each.upper()) for each in item.attrs["Disks"]])


ITEMS = [Item("ec2.instance", "i-1", attrs={"Disks": ["a", "b"]}), Item("ec2.instance", "i-2", attrs={"Disks": ["b"]})]


def test_it_offers_what_the_targets_have_and_takes_nothing_else():
    form = forms.bind(StopForm, {"disks": ["b", "b"]}, items=ITEMS)
    assert form.fields["disks"].choices == [("a", "A"), ("b", "B")]
    assert form.is_valid()
    assert form.cleaned_data == {"disks": ["b"]}
    wrong = forms.bind(StopForm, {"disks": ["c"]}, items=ITEMS)
    assert "c is not one of the available choices" in forms.json_errors(wrong)["disks"][0]
    assert forms.bind(StopForm, {"disks": []}, items=ITEMS).errors["disks"]
    assert forms.schema(StopForm)["properties"]["disks"]["items"] == {"type": "string"}
    assert StopForm.base_fields["disks"].choices == [], "what one form offers stays with it"


def test_a_state_that_is_left_out_has_a_name():
    kind = registry.resource("ec2.instance")
    odd = replace(kind, state=replace(kind.state, unsaid="running"))
    assert odd.item({"InstanceId": "i-1"}, "", "").state == "running"
    assert odd.item(kind.example, "", "").state == "stopped"
    assert [one.id for one in checks._check_resource(odd)] == []
    wrong = replace(kind, state=State("State.Name", unsaid="asleep"))
    assert "northgate.E015" in [one.id for one in checks._check_resource(wrong)]


def test_a_metric_may_say_the_id_in_its_own_way():
    cpu = replace(registry.resource("ec2.instance").metrics[0], said=lambda id: id.rpartition("/")[2])
    (dimension,) = metrics._query(0, cpu, "arn:aws:x/y", {}, 300)["MetricStat"]["Metric"]["Dimensions"]
    assert dimension["Value"] == "y"


def test_the_price_list_answers_what_stands_in_it():
    book = prices.book("eu-west-1")
    assert book.entry("load_balancer", "application") == Decimal("0.0252")
    assert book.entry("load_balancer") is None
    assert book.entry("load_balancer", "telephone") is None


def test_tags_are_written_removed_and_written_back_by_the_services_own_calls():
    kind = replace(registry.resource("ec2.volume"), actions={})
    tags.editable(
        kind,
        iam=("x:Tag",),
        write=lambda item, changed: Step("elbv2.add_tags", title="Write", ResourceArns=[item.id], Tags=changed),
        remove=lambda item, keys: Step("elbv2.remove_tags", title="Remove", ResourceArns=[item.id], TagKeys=keys),
    )
    item = Item(kind.kind, "v", tags={"env": "dev", "old": "1", "aws:cloudformation:stack-name": "s"})
    values = {"tags": [{"key": "env", "value": "prod"}, {"key": "new", "value": "2"}], "replace": True}
    write, remove = compile_targets(kind.actions["tag"], [item], values).steps
    assert write["params"]["Tags"] == [{"Key": "env", "Value": "prod"}, {"Key": "new", "Value": "2"}]
    assert write["undo"]["params"]["Tags"] == [{"Key": "env", "Value": "dev"}]
    assert remove["params"]["TagKeys"] == ["old"], "AWS's own tags stay"
    assert compile_targets(kind.actions["tag"], [item], values | {"replace": False}).steps[-1]["call"] == write["call"]


def test_the_tag_by_which_an_operation_finds_what_it_made_stays():
    edit = registry.resource("ec2.volume").actions["tag"]
    kept = {OPERATION_TAG["Key"]: "an-operation", "aws:cloudformation:stack-name": "s"}
    item = Item("ec2.volume", "v", tags={"env": "dev", **kept})
    assert edit.like(item) == {"tags": [{"key": "env", "value": "dev"}], "replace": True}
    (remove,) = compile_targets(edit, [item], {"tags": [], "replace": True}).steps
    assert remove["params"]["Tags"] == [{"Key": "env"}]


def test_a_script_that_names_one_tag_leaves_the_others():
    edit = registry.resource("ec2.volume").actions["tag"]
    item = Item("ec2.volume", "v", tags={"env": "dev"})
    form = forms.bind(edit.form, {"tags": [{"key": "new", "value": "1"}]}, initial=edit.like(item), items=[item])
    assert form.is_valid()
    (write,) = compile_targets(edit, [item], form.cleaned_data).steps
    assert write["call"] == "ec2.create_tags"

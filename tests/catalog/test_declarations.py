"""Every declaration in the catalogue, walked: checks, examples, permissions, code."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from apps.catalog import checks, code, code_words, forms, model, registry, text
from apps.catalog.checks import ExampleScope, example_item, example_plan
from apps.catalog.code import render
from apps.catalog.items import Measured
from apps.catalog.metrics import Measure, Metric
from apps.catalog.plans import compile_create, from_json
from apps.catalog.resources import Call, Column, Resource, State

pytestmark = pytest.mark.pure

ACTIONS = [
    action for resource in registry.resources() for action in (*resource.actions.values(), *resource.wizards.values())
]
RESOURCES = list(registry.resources())
names = lambda value: getattr(value, "permission", "")  # noqa: E731


def test_the_catalogue_is_sound():
    assert checks.check_catalog() == []


def test_a_misspelt_declaration_fails_with_its_code():
    wrong = Resource(
        kind="ec2.wrong",
        label="Wrong",
        plural="Wrongs",
        group="",
        icon="server",
        read=Call("describe_instances", "Reservations[].Instances[]", by_id="InstanceIdz"),
        id="InstanceIdd",
        state=State("State.Name", ok={"runing"}),
        columns=(Column("Type", "InstanceTypo"), Column("Ref", "ImageId", ref="ec2.nothing")),
    )
    codes = [problem.id for problem in checks._check_resource(wrong)]
    assert codes.count("northgate.E014") == 2
    assert {"northgate.E011", "northgate.E015", "northgate.E016", "northgate.E021"} <= set(codes)


CPU = Metric("CPUUtilization", "CPU", "AWS/EC2", "InstanceId")


@pytest.mark.parametrize(
    ("measure", "codes"),
    [
        (Measure("cpu", "CPU", CPU, when={"running"}), []),
        (Measure("size", "Size", replace(CPU, fixed=({"StorageType": "a"},)), 14 * 86400, 86400, curve=False), []),
        (Measure("type", "Type", CPU), ["E020"]),  # a column has that key
        (Measure("cost", "Cost", CPU), ["E023"]),
        (Measure("CPU", "CPU", CPU), ["E023"]),
        (Measure("cpu", "CPU", CPU, period=90), ["E024"]),
        (Measure("cpu", "CPU", CPU, window=1000), ["E024"]),
        (Measure("cpu", "CPU", CPU, window=86400, period=60), ["E024"]),
        (Measure("cpu", "CPU", CPU, window=16 * 86400, period=86400 - 240), ["E024"]),
        (Measure("cpu", "CPU", replace(CPU, stat="Mean")), ["E025"]),
        (Measure("cpu", "CPU", replace(CPU, stat="p99.9")), []),
        (Measure("cpu", "CPU", replace(CPU, fixed=())), ["E025"]),
        (Measure("cpu", "CPU", replace(CPU, fixed=({"InstanceId": "i-1"},))), ["E025"]),
        (Measure("cpu", "CPU", CPU, when={"runing"}), ["E015"]),
    ],
)
def test_a_measure_is_held_to_sense(measure, codes):
    resource = replace(registry.resource("ec2.instance"), measures=(measure,))
    assert [problem.id for problem in checks._check_resource(resource)] == [f"northgate.{code}" for code in codes]


def test_what_is_not_stored_has_no_measures():
    inside = replace(registry.resource("ec2.instance"), within="ec2.vpc", measures=(Measure("cpu", "CPU", CPU),))
    assert "northgate.E026" in [problem.id for problem in checks._check_resource(inside)]


def test_a_measure_is_a_column_of_the_list():
    resource = replace(registry.resource("ec2.instance"), measures=(Measure("cpu", "CPU 1 h", CPU),))
    column = resource.column("cpu")
    assert column is resource.listed[-1]
    assert "cpu" not in {column.key for column in resource.columns}
    item = example_item(resource)
    assert column.value(item) is None
    measured = Measured(12.5, (None, 12.5), datetime.now(UTC))
    assert column.value(replace(item, measured={"cpu": measured})) == 12.5


@pytest.mark.parametrize("action", ACTIONS, ids=names)
def test_the_example_becomes_a_plan_that_botocore_accepts(action):
    plan = example_plan(action)
    assert plan.steps
    for step in plan.steps:
        assert model.problems(step["call"], checks.example_params(step)) == ""
        assert step["repeat"] in {"token", "find", "safe", "never"}
    assert from_json(json.loads(json.dumps(plan.to_json()))).hash == plan.hash


@pytest.mark.parametrize("action", ACTIONS, ids=names)
def test_the_code_says_the_same_calls(action):
    plan = example_plan(action)
    snippets = {snippet.id: snippet.text for snippet in render(plan, lambda _account: "prod")}
    compile(snippets["boto3"], "boto3", "exec")
    for step in plan.steps:
        service, _, name = step["call"].partition(".")
        command = registry.service(service).command or service
        assert f"aws {command} {name.replace('_', '-')}" in snippets["cli"]
        assert f".{name}(" in snippets["boto3"]
        assert step["call"] in registry.service(service).terraform or step["call"] in snippets["terraform"]
    assert "northgate:operation" not in "".join(snippets.values())


def test_terraform_joins_what_is_one_resource_there_and_names_what_it_has_nothing_for():
    action = registry.action("s3.bucket.create")
    more = {"versioning": True, "encryption": "aws:kms", "tags": [{"key": "team", "value": "data"}]}
    plan = example_plan(replace(action, example={**action.example, **more}))
    text = next(one.text for one in render(plan, lambda _account: "prod") if one.id == "terraform")
    kinds = [line.split('"')[1] for line in text.splitlines() if line.startswith("resource")]
    assert kinds == [
        "aws_s3_bucket",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_server_side_encryption_configuration",
    ]
    assert 'bucket = "acme-reports-2026"' in text
    assert '"team" = "data"' in text
    assert text.count("= aws_s3_bucket.s1.id") == 4
    emptied = render(example_plan(registry.action("s3.bucket.empty")), lambda _account: "prod")[2].text
    assert emptied.startswith("# Not said in Terraform: s3.delete_objects")


@pytest.mark.parametrize("action", ACTIONS, ids=names)
def test_the_schema_holds_the_example(action):
    schema = forms.schema(action.form)
    assert set(action.example) <= set(schema["properties"])
    assert set(schema.get("required", ())) <= set(action.example)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_the_example_has_every_identity(resource):
    item = example_item(resource)
    assert item.id
    for column in resource.columns:
        json.dumps(column.value(item))
    assert registry.by_slug(resource.service, resource.slug) is resource


def test_permissions_are_named_once():
    names = registry.permissions()
    assert len(names) == len(set(names))
    assert all(len(name.split(".")) == 3 for name in names)


def test_references_carry_between_steps():
    plan = example_plan(registry.action("ec2.instance.launch"))
    by_call = {step["call"]: step for step in plan.steps}
    group = by_call["ec2.create_security_group"]["key"]
    assert by_call["ec2.run_instances"]["params"]["SecurityGroupIds"] == [{"$ref": group, "path": "GroupId"}]
    assert by_call["ec2.run_instances"]["undo"]["call"] == "ec2.terminate_instances"


def test_the_same_choices_make_the_same_plan():
    action = registry.action("ec2.instance.launch")
    form = forms.bind(action.form, action.example, scope=ExampleScope())
    assert form.is_valid(), form.errors
    one, two = (compile_create(action, ExampleScope(), form.cleaned_data) for _ in range(2))
    assert one.hash == two.hash
    other = compile_create(action, ExampleScope(), form.cleaned_data | {"count": 3})
    assert other.hash != one.hash


def test_the_mark_of_an_operation_is_in_no_code():
    mark = {"Key": "northgate:operation", "Value": {"$operation": "id"}}
    bare = code.without_marks({"Tags": [mark], "TagSpecifications": [{"ResourceType": "volume", "Tags": [mark]}]})
    assert bare == {}
    own = {"Key": "env", "Value": "prod", "ResourceType": "auto-scaling-group"}
    assert code.without_marks({"Tags": [own, mark | {"PropagateAtLaunch": False}]}) == {"Tags": [own]}
    assert code.without_marks({"Tags": []}) == {"Tags": []}, "taking all away is something to say"


def test_code_reaches_into_lists():
    assert code_words.python({"$ref": "s1", "path": "Groups[0].Arn"}, 0) == "s1['Groups'][0]['Arn']"


def test_a_name_stays_one_within_a_sentence():
    said = [text.within(label) for label in ("Load balancers", "VPCs", "Elastic IPs", "Auto Scaling groups")]
    assert said == ["load balancers", "VPCs", "elastic IPs", "Auto Scaling groups"]


def test_an_arn_is_told_by_its_end():
    assert text.short("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/9") == "targetgroup/web/9"
    assert text.short("i-1") == "i-1"

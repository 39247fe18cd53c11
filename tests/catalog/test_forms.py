"""The launch form's rules, by the browser's way and the API's; each message names the limit and the value."""

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog import forms, registry
from apps.catalog.checks import ExampleScope
from apps.catalog.text import within

pytestmark = pytest.mark.pure

LAUNCH = registry.action("ec2.instance.launch")
LEAST = {"image": "ami-1", "access": "none"}


def errors(**values):
    return forms.json_errors(forms.bind(LAUNCH.form, LEAST | values, scope=ExampleScope()))


def test_the_key_pair_is_the_only_field_without_a_default_besides_the_image():
    assert forms.json_errors(forms.bind(LAUNCH.form, {"image": "ami-1"}, scope=ExampleScope())) == {
        "access": ["This field is required."]
    }
    assert errors() == {}


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"root_size": 70000}, "root_size", "65536"),
        ({"root_type": "gp2", "root_size": 20000}, "root_size", "gp2 takes 1 to 16384 GiB, not 20000"),
        ({"root_type": "gp3", "root_iops": 100}, "root_iops", "gp3 takes 3000 to 80000 IOPS, not 100"),
        ({"root_type": "gp2", "root_iops": 3000}, "root_iops", "gp2 has no setting for IOPS"),
        ({"root_type": "io2", "root_size": 10}, "root_iops", "io2 needs the number of IOPS"),
        ({"root_type": "st1", "root_size": 20}, "root_size", "st1 takes 125 to 16384 GiB, not 20"),
        ({"root_size": 4}, "root_size", "The image needs at least 8 GiB, not 4"),
        ({"hop_limit": 65}, "hop_limit", "64"),
        ({"count": 0}, "count", "1"),
        ({"count": 2, "count_min": 3}, "count_min", "At least 3 is more than the number of instances, 2"),
        ({"user_data": "x" * 16385}, "user_data", "16384 bytes; this has 16385"),
        ({"access": "existing"}, "key_pair", "Choose a key pair"),
        ({"access": "new"}, "new_key_name", "Name the new key pair"),
        ({"access": "new", "new_key_name": "schlüssel"}, "new_key_name", "ASCII"),
        ({"group_choice": "new", "new_group_name": "sg-web"}, "new_group_name", "sg-web"),
        ({"group_choice": "new", "new_group_name": "x" * 256}, "new_group_name", "255"),
        ({"tags": [{"key": "aws:x", "value": "1"}]}, "tags[0].key", "aws:x"),
        ({"tags": [{"key": "k" * 128, "value": "1"}]}, "tags[0].key", "127"),
        ({"tags": [{"key": "k", "value": "v" * 257}]}, "tags[0].value", "256"),
        ({"tags": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]}, "tags", "The tag key k stands twice"),
        ({"tags": [{"key": str(n), "value": ""} for n in range(51)]}, "tags", "At most 50 rows, not 51"),
        ({"market": "spot", "max_price": 0.001}, "max_price", "0.001"),
        ({"max_price": 1.5}, "max_price", "Spot only"),
        ({"hibernation": True}, "hibernation", "encrypted root volume"),
        ({"rules": [{"type": "ssh", "source": "1.2.3.4/8"}]}, "rules[0].source", "1.2.3.4/8"),
        ({"rules": [{"type": "tcp", "source": "0.0.0.0/0"}]}, "rules[0].port_from", "needs a port"),
        ({"rules": [{"type": "tcp", "port_from": 9, "port_to": 8, "source": "0.0.0.0/0"}]}, "rules[0].port_to", "8"),
        ({"volumes": [{"device": "/dev/xvda", "size": 8}]}, "volumes", "/dev/xvda is used twice"),
        ({"type": "c5.large", "credits": "unlimited"}, "credits", "c5.large"),
        ({"nonsense": 1}, "__all__", "nonsense"),
        ({"count": "two"}, "count", "integer"),
        ({"tags": "env"}, "tags", "array"),
        ({"imds_required": "yes"}, "imds_required", "boolean"),
    ],
)
def test_a_rule_names_the_field_the_limit_and_the_value(values, field, said):
    found = errors(**values)
    assert field in found, found
    assert said in " ".join(found[field])


def test_rows_arrive_from_a_browser_as_from_json():
    posted = QueryDict(
        "image=ami-1&type=t3.micro&access=none&hop_limit=2&count=1&root_type=gp3&market=on-demand"
        "&shutdown=stop&tenancy=default&public_ip=subnet&group_choice=existing&new_key_type=rsa&new_key_format=pem"
        "&tags-0-key=env&tags-0-value=prod&tags-3-key=&tags-3-value=&tags-7-key=owner&tags-7-value="
    )
    form = forms.bind(LAUNCH.form, posted, scope=ExampleScope())
    assert form.is_valid(), form.errors
    assert form.cleaned_data["tags"] == [{"key": "env", "value": "prod"}, {"key": "owner", "value": ""}]
    assert form.cleaned_data["imds_required"] is False, "an unticked box is a choice in a browser"
    assert forms.bind(LAUNCH.form, LEAST, scope=ExampleScope()).is_valid()


def test_a_rows_error_keeps_what_was_typed():
    posted = QueryDict("tags-0-key=aws:x&tags-0-value=kept")
    form = forms.bind(LAUNCH.form, posted, scope=ExampleScope())
    assert not form.is_valid()
    (row,) = form["tags"].rows()
    assert row["value"].value() == "kept"
    assert "aws:x" in row.row_errors["key"][0]


@settings(deadline=None, max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(), x, max_size=3),
        max_leaves=6,
    )
)
def test_no_json_value_breaks_the_form(value):
    for field in ("name", "count", "tags", "groups", "access", "imds_required", "max_price", "rules", "volumes"):
        form = forms.bind(LAUNCH.form, LEAST | {field: value}, scope=ExampleScope())
        form.is_valid()
        forms.json_errors(form)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Elastic IP address", "elastic IP address"),
        ("VPCs", "VPCs"),
        ("Network ACLs", "network ACLs"),
        ("Volume", "volume"),
    ],
)
def test_a_label_within_a_sentence_keeps_names(label: str, said: str) -> None:
    assert within(label) == said


def test_in_json_what_is_left_out_stays_and_null_empties():
    edit = registry.action("cloudwatch.alarm.edit").form
    was = {"comparison": "LessThanThreshold", "threshold": 80, "periods": 3, "datapoints": 2, "missing": "missing"}
    was |= {"description": "busy", "on_ok": [{"does": "stop", "arn": None}]}

    def bound(**values):
        return forms.bind(edit, values, scope=ExampleScope(), initial=was)

    stays = bound()
    assert stays.is_valid(), stays.errors
    assert (stays.cleaned_data["datapoints"], stays.cleaned_data["description"]) == (2, "busy")
    assert stays.cleaned_data["on_ok"] == [{"does": "stop", "arn": ""}]
    emptied = bound(datapoints=None, description=None, on_ok=None, statistic=None)
    assert emptied.is_valid(), emptied.errors
    assert [emptied.cleaned_data[key] for key in ("datapoints", "description", "on_ok", "statistic")] == [
        None,
        "",
        [],
        "",
    ]
    assert forms.json_errors(bound(threshold=None)) == {"threshold": ["This field is required."]}
    assert "boolean, not null" in errors(imds_required=None)["imds_required"][0]
    said = forms.schema(edit)["properties"]
    assert [said[key]["type"] for key in ("datapoints", "threshold", "on_ok")] == [
        ["integer", "null"],
        "number",
        ["array", "null"],
    ]
    assert None in said["period"]["enum"]
    assert None not in said["comparison"]["enum"]
    assert forms.schema(LAUNCH.form)["properties"]["imds_required"]["type"] == "boolean"

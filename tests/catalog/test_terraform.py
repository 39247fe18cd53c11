"""Plans in Terraform: what refers to what, and what stands where."""

import pytest

from apps.catalog import code_hcl, code_terraform, registry
from apps.catalog.service import Service

pytestmark = pytest.mark.pure
HERE = {"account": "1", "region": "eu-west-1"}
NOTHING = {"$ref": "s1", "path": "Snapshots[].SnapshotId"}


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """A service that is called as S3 is."""
    service = Service("s3", "Toy", "Toy", "box", "toy")
    monkeypatch.setitem(registry._services, "s3", service)

    @service.as_terraform("s3.create_bucket", "toy_box", name="Bucket", answers={"Location": "url"})
    def box(params):
        return {"name": params["Bucket"], "tags": {"Name": params["Bucket"]}}

    @service.as_terraform("s3.put_bucket_acl", "toy_box", part="Bucket")
    def lock(params):
        return {"locked": params["ACL"] == "private"}

    @service.as_terraform("s3.put_object", "toy_thing", after={"box": "toy_lid"})
    def thing(params):
        return {"box": params["Bucket"], "from": params.get("From"), "weight": params.get("Weight")}

    @service.as_terraform("s3.put_bucket_cors", "toy_lid")
    def lid(params):
        return [{"box": params["Bucket"], "number": number} for number in range(params["Lids"])]

    @service.as_terraform("s3.delete_bucket_cors", "toy_lid", gone=True)
    def no_lid(params):
        return {"box": params["Bucket"]}

    service.not_in_terraform("s3.copy_object", "copies are made, not declared")
    return service


def text(*steps):
    made = [
        {**HERE, "key": f"s{number}", "call": f"s3.{call}", "params": params}
        for number, (call, params) in enumerate(steps, 1)
    ]
    return code_terraform.text(made, lambda account: "prod")


def body(whole):
    """Without the providers."""
    return whole.split("}\n\n", 1)[1]


def test_no_name_leaves_its_comment():
    name = 'red\nresource "toy_box" "foreign" {}'
    whole = text(("put_bucket_acl", {"Bucket": name, "ACL": "private"}), ("delete_object", {"Bucket": name}))
    assert whole.count("foreign") == 2
    assert all(line.startswith("#") for line in whole.splitlines() if line)


def test_later_steps_refer_to_what_the_plan_makes():
    whole = text(
        ("create_bucket", {"Bucket": "Red-1"}),
        ("put_bucket_acl", {"Bucket": "Red-1", "ACL": "public"}),
        ("put_bucket_cors", {"Bucket": "Red-1", "Lids": 2}),
        ("put_object", {"Bucket": "Red-1", "From": {"$ref": "s1", "path": "Location"}, "Weight": 0}),
    )
    assert (
        whole
        == """\
provider "aws" {
  alias   = "prod_eu_west_1"
  profile = "prod"
  region  = "eu-west-1"
}

resource "toy_box" "red_1" {
  provider = aws.prod_eu_west_1

  name   = "Red-1"
  locked = false

  tags = {
    "Name" = "Red-1"
  }
}

resource "toy_lid" "s3_1" {
  provider = aws.prod_eu_west_1

  box    = toy_box.red_1.id
  number = 0
}

resource "toy_lid" "s3_2" {
  provider = aws.prod_eu_west_1

  box    = toy_box.red_1.id
  number = 1
}

resource "toy_thing" "s4" {
  provider = aws.prod_eu_west_1

  box    = toy_box.red_1.id
  from   = toy_box.red_1.url
  weight = 0

  depends_on = [toy_lid.s3_1, toy_lid.s3_2]
}
"""
    )


def test_what_is_declared_already_is_told_as_a_change_and_what_goes_as_gone():
    whole = text(
        ("put_bucket_acl", {"Bucket": "red", "ACL": "private"}),
        ("delete_bucket_cors", {"Bucket": "red"}),
        ("delete_object", {"Bucket": "red", "Key": "a", "BypassGovernanceRetention": True}),
        ("copy_object", {"Bucket": "red"}),
        ("restore_object", {"Bucket": "red"}),
    )
    assert (
        whole
        == """\
# In your toy_box for red:
#
#   locked = true

# Remove from your configuration this toy_lid:
#
#   box = "red"

# Remove from your configuration what declares these:
#
#   s3.delete_object: Bucket red, Key a, BypassGovernanceRetention true

# Not said in Terraform: s3.copy_object (copies are made, not declared)
# Not said in Terraform: s3.restore_object
"""
    )


def test_two_of_one_name_keep_apart_and_what_nothing_says_is_named_in_words():
    whole = body(text(("create_bucket", {"Bucket": "1"}), ("create_bucket", {"Bucket": "1"})))
    assert 'resource "toy_box" "_1" {' in whole
    assert 'resource "toy_box" "s2" {' in whole
    whole = body(text(("restore_object", {}), ("put_object", {"Bucket": NOTHING})))
    assert 'box = "(Snapshots[].SnapshotId)"' in whole


def test_no_name_is_that_of_a_step_and_no_two_places_share_a_provider():
    whole = body(text(("create_bucket", {"Bucket": "s2"}), ("create_bucket", {"Bucket": "-"})))
    assert [line.split('"')[3] for line in whole.splitlines() if line.startswith("resource")] == ["s1", "s2"]
    made = [
        {"account": account, "region": "global", "key": f"s{account}", "call": "s3.create_bucket", "params": params}
        for account, params in (("1", {"Bucket": "a"}), ("2", {"Bucket": "b"}))
    ]
    whole = code_terraform.text(made, {"1": "my prod", "2": "my-prod"}.__getitem__)
    assert whole.startswith("""\
provider "aws" {
  alias   = "my_prod_global"
  profile = "my prod"
}

provider "aws" {
  alias   = "my_prod_global_2"
  profile = "my-prod"
}
""")
    assert whole.count("provider = aws.my_prod_global_2\n") == 1


def test_hcl_is_as_its_formatter_leaves_it():
    arguments = {
        "zero": 0,
        "none": None,
        "list": ["a", 1, True],
        "map": {"a": "${b}", "long": 'say "%{c}"'},
        "{block}": [{"a": 1, "{inner}": {"b": 2}}, {}],
        "{no}": [],
    }
    assert (
        code_hcl.body(arguments, str, 1)
        == """\
  zero = 0
  list = ["a", 1, true]

  map = {
    "a"    = "$${b}"
    "long" = "say \\"%%{c}\\""
  }

  block {
    a = 1

    inner {
      b = 2
    }
  }

  block {
  }
"""
    )

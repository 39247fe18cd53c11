"""What Terraform says of calls is held against AWS's own model, and what makes something is said or excused."""

import pytest

from apps.catalog import terraform_checks
from apps.catalog.service import Service

pytestmark = pytest.mark.pure
HERE = {"account": "1", "region": "eu-west-1"}


@pytest.fixture
def toy():
    service = Service("s3", "Toy", "Toy", "box", "toy")
    service.as_terraform("s3.create_bucket", "toy_box", name="Bucket", answers={"Location": "url"})(dict)
    service.as_terraform("s3.put_object", "toy_thing")(dict)
    service.not_in_terraform("s3.copy_object", "copies are made, not declared")
    return service


def steps(*calls):
    return tuple({**HERE, "key": f"s{n}", "call": call, "params": params} for n, (call, params) in enumerate(calls, 1))


def found(service, *calls):
    return [one.id for one in terraform_checks.problems(steps(*calls), {service.name: service}, "toy.box.make")]


def test_what_makes_something_is_said_or_excused(toy):
    assert found(toy, ("s3.put_bucket_logging", {})) == ["northgate.E054"]
    assert found(toy, ("s3.copy_object", {}), ("s3.delete_bucket", {}), ("s3.restore_object", {})) == []
    wrong = {"Bucket": {"$ref": "s1", "path": "Buckets[0].Arn"}}
    assert found(toy, ("s3.create_bucket", {}), ("s3.put_object", wrong)) == ["northgate.E055"]


def test_a_declaration_names_what_the_call_has(toy):
    toy.as_terraform("s3.put_bucket_tagging", "toy_box", part="Tagging.Color")(dict)
    toy.as_terraform("s3.copy_object", "toy_thing")(dict)
    toy.not_in_terraform("s3.copy_ojbect", "misspelt")
    assert [(one.id, one.msg.split(" ")[0]) for one in terraform_checks._declared(toy)] == [
        ("northgate.E052", "s3.put_bucket_tagging"),
        ("northgate.E053", "s3.copy_object"),
        ("northgate.E010", "s3"),
    ]

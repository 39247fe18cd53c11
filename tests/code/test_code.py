"""The code that the panel shows does what the panel does: every act, by the panel, the AWS CLI and boto3, in three
accounts that are alike."""

import hcl2
import pytest

from apps.catalog import registry
from tests.code import ec2_groups, ec2_instances, s3_buckets, ways  # noqa: F401  the cases
from tests.code.cases import CASES, action
from tests.people import make_people

ACTS = [
    act.act
    for resource in registry.resources()
    if resource.stored
    for act in (*resource.actions.values(), *resource.wizards.values())
]


@pytest.fixture(scope="module")
def three(panel_env, brisk_ec2, ministack, tmp_path_factory, django_db_blocker):
    endpoints = {"*": ministack, "ec2": brisk_ec2}
    with django_db_blocker.unblock():
        yield ways.make(make_people(), tmp_path_factory.mktemp("code"), endpoints)


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("act", [act for act in ACTS if act in CASES and not CASES[act].unlike])
def test_its_code_does_what_the_button_does(three, act):
    found, kinds = CASES[act], (action(act).resource.kind, *CASES[act].kinds)
    became = {}
    for way in three:
        id, values = found.make(way)
        before = ways.things(way, kinds)
        hcl2.loads(way.text(action(act), id, values, "terraform"))
        way.act(action(act), id, values)
        became[way.name] = ways.delta(before, ways.settled(way, kinds), way.account.number)
        became[way.name] += [found.sees(way, id)] if found.sees else []
    assert became["by_panel"] or found.still
    assert became["by_cli"] == became["by_panel"]
    assert became["by_boto3"] == became["by_panel"]

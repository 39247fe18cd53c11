"""The code that the panel shows does what the panel does: every act, by the panel, the AWS CLI and boto3, in three
accounts that are alike."""

import hcl2
import pytest

from apps.catalog import registry
from tests.code import balancing, ec2_groups, ec2_instances, ec2_network, fleet, s3_buckets, shell, ways  # noqa: F401
from tests.code.cases import CASES, MORE, action
from tests.people import make_people

ACTS = [
    act.act
    for resource in registry.resources()
    if resource.stored
    for act in (*resource.actions.values(), *resource.wizards.values())
]


@pytest.fixture(scope="module")
def three(panel_env, brisk_ec2, ministack, tmp_path_factory, django_db_blocker):
    endpoints = {"*": ministack, **dict.fromkeys(("ec2", "elbv2", "autoscaling"), brisk_ec2)}
    folder = tmp_path_factory.mktemp("code")
    with shell.aws_cli(folder), django_db_blocker.unblock():
        yield ways.make(make_people(), folder, endpoints)


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


def test_every_act_is_walked():
    assert not set(ACTS) ^ set(CASES)


@pytest.mark.parametrize("act", [act for act in ACTS if act in CASES and not CASES[act].unlike])
def test_its_code_does_what_the_button_does(three, act):
    same(three, act, CASES[act])


@pytest.mark.parametrize(("act", "which"), MORE)
def test_its_code_does_so_in_other_cases_too(three, act, which):
    same(three, act, MORE[act, which])


def same(three, act, found):
    kind, became = action(act).resource.kind, {}
    for way in three:
        way.begin(act)
        id, values = found.make(way)
        before = ways.things(way, kind, id, found.kinds)
        hcl2.loads(way.text(action(act), id, values, "terraform"))
        way.act(action(act), id, values)
        after = ways.settled(way, kind, id, found.kinds)
        became[way.name] = ways.delta(before, after, way.account.number)
        became[way.name] += [ways.plain(found.sees(way, id), way.account.number)] if found.sees else []
    assert became["by_panel"] or found.still
    assert became["by_cli"] == became["by_panel"]
    assert became["by_boto3"] == became["by_panel"]

"""A service's overview: what the person may see, and nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.tenancy import members
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Membership
from tests.console.world import client


def shown(person, path="/ec2/"):
    return client(person).get(path).content.decode()


def test_it_counts_by_kind_and_state_and_links_the_lists(world):
    text = shown(world.people.viewer)
    assert 'href="/ec2/instances/"' in text
    assert 'href="/ec2/instances/?f=state%3Drunning"' in text
    assert "per month" in text
    assert 'aria-current="page">Overview' in text


def test_what_may_not_be_made_says_why(world):
    assert 'href="/ec2/instances/create/launch/"' in shown(world.people.operator)
    text = shown(world.people.viewer)
    assert 'href="/ec2/instances/create/launch/"' not in text
    assert "ec2.instance.launch" in text


def test_another_organization_sees_none_of_it(world):
    text = shown(world.people.outsider)
    assert "prod" not in text.partition('id="content"')[2].partition("</main>")[0]
    assert "No change was seen yet." in text


def test_a_role_on_one_account_counts_that_one(world):
    with tenant_tx(world.tenant_id):
        auditor = Membership.objects.get(user_id=world.people.auditor.user.pk)
        role = Binding.objects.get(membership=auditor).role
        Binding.objects.filter(membership=auditor).delete()
        members.bind(world.people.owner.actor, role, auditor, account=world.staging.id)
    whole, part = shown(world.people.viewer), shown(world.people.auditor)
    assert str(world.production.name) in whole
    assert f">{world.production.name}<" not in part.partition('id="content"')[2]


def test_an_unknown_service_is_no_page(world):
    assert client(world.people.viewer).get("/nonesuch/").status_code == 404


@pytest.mark.parametrize("path", ["/ec2/", "/iam/", "/s3/"])
def test_it_costs_few_queries(world, path):
    browser = client(world.people.viewer)
    browser.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    asked = [one["sql"] for one in seen if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(asked) <= 10, "\n".join(asked)

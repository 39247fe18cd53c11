"""Tags that an account requires: locked in the wizard, demanded at both doors."""

import pytest

from tests.console.world import client
from tests.console_flows.forms import launch, values


@pytest.fixture
def strict(world):
    from apps.cloud.models import Account
    from apps.tenancy.context import tenant_tx

    with tenant_tx(world.tenant_id):
        Account.objects.filter(tenant_id=world.tenant_id).update(required_tags=["owner", "cost-center"])
    return world


def test_they_stand_there_from_the_start_with_values_to_choose_from(strict):
    page = client(strict.people.operator).get(launch(strict))
    text = page.content.decode()
    assert values(page)["tags-0-key"] == "owner"
    assert values(page)["tags-1-key"] == "cost-center"
    assert text.count("readonly") >= 2
    assert '<option value="ops">' in text
    assert 'value="tags-0" formnovalidate' not in text


def test_without_a_value_nothing_is_submitted_and_the_tag_is_named(strict):
    browser = client(strict.people.operator)
    form = values(browser.get(launch(strict))) | {"access": "none", "name": "web"}
    answer = browser.post(launch(strict), form | {"tags-0-value": "web", "tags-1-value": ""})
    assert answer.status_code == 200
    assert "The account requires this tag: give it a value." in answer.content.decode()
    done = browser.post(launch(strict), form | {"tags-0-value": "web", "tags-1-value": "4711"})
    assert done.status_code == 302
    assert "/operations/" in done["Location"]


def test_rest_demands_them_too(strict):
    from apps.catalog import registry
    from tests.api.world import Api

    example = registry.action("ec2.instance.launch").example
    body = {"account": str(strict.production.id), "region": "eu-west-1", **example, "tags": []}
    answer = Api(strict.people.operator).post("/ec2/instances/?plan=1", body)
    assert answer.status_code == 422
    assert "tags[0].value" in answer.json()["errors"]

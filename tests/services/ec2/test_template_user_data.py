"""User data of launch templates and launches: seeing it is a permission of its own, each reading is on the record."""

import base64
import secrets
from types import SimpleNamespace

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import registry
from apps.operations.submit import submit
from apps.tenancy import members
from apps.tenancy.context import tenant_tx
from tests.api.world import Api
from tests.console.world import client, fragment
from tests.people import _person, make_user
from tests.services.ec2.cloud import REGION

ACT, LAUNCH = "ec2.launch-template.read-user-data", "ec2.instance.read-user-data"
SECRET = "#!/bin/sh\nexport TOKEN=swordfish\n"
WRITTEN = base64.b64encode(SECRET.encode()).decode()


@pytest.fixture(scope="module")
def maker(house, django_db_blocker):
    """Who may make templates, versions and instances, and not read user data."""
    people = house.people
    with django_db_blocker.unblock():
        user = make_user("maker")
        patterns = ["*.*.read", "operations.*.*", "ec2.*.*", "!ec2.*.read-user-data"]
        with tenant_tx(people.tenant_id):
            role = members.create_role(people.owner.actor, "Makers", patterns)
            members.bind(people.owner.actor, role, members.add_member(people.owner.actor, user))
        return _person(people.tenant, user)


@pytest.fixture(scope="module")
def made(house, django_db_blocker):
    """A template whose second version says something else to an instance than the first one."""
    with django_db_blocker.unblock():
        name = f"api-{secrets.token_hex(4)}"
        data = {"Monitoring": {"Enabled": True}, "UserData": WRITTEN}
        made = house.aws.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        id = made["LaunchTemplate"]["LaunchTemplateId"]
        more = data | {"UserData": base64.b64encode(f"{SECRET}exec api\n".encode()).decode()}
        house.aws.create_launch_template_version(LaunchTemplateId=id, LaunchTemplateData=more)
        house.sync("ec2.launch-template")
    return SimpleNamespace(id=id, name=name, page=f"/ec2/launch-templates/{id}/")


def rows(cloud, act, id, result="ok"):
    with tenant_tx(cloud.people.tenant_id):
        found = AuditEvent.objects.filter(
            tenant_id=cloud.people.tenant_id, act=act, result=result, target_id__in=(str(id), "")
        )
        return [(each.who_id, each.target_region) for each in found.order_by("id")]


def test_versions_tell_that_there_is_user_data_and_the_tab_tells_what(cloud, made):
    owner, viewer = client(cloud.people.owner), client(cloud.people.viewer)
    for browser in (owner, viewer):
        shown = fragment(browser, f"{made.page}tab/versions/").content.decode()
        assert "User data" in shown
        assert shown.count("<td>Yes</td>") == 3, "a default version, and two with user data"
        assert "swordfish" not in shown
        assert WRITTEN not in shown
    assert rows(cloud, ACT, made.id) == []
    told = fragment(owner, f"{made.page}tab/user-data/").content.decode()
    assert told.index("Version 2") < told.index("Version 1, the default")
    assert "+exec api" in told, "what the second version changed"
    answer = Api(cloud.people.owner).get(f"/ec2/launch-templates/{made.id}/user-data/")
    assert answer.json()["text"].count("swordfish") == 2
    assert [region for _who, region in rows(cloud, ACT, made.id)] == [REGION] * 2, "by page and by REST"
    page = fragment(viewer, f"{made.page}tab/user-data/").content.decode()
    assert ACT in page
    assert "swordfish" not in page
    refused = Api(cloud.people.viewer).get(f"/ec2/launch-templates/{made.id}/user-data/")
    assert (refused.status_code, refused.json()["permission"]) == (403, ACT)
    assert len(rows(cloud, ACT, made.id, "denied")) == 2
    assert client(cloud.people.outsider).get(f"{made.page}tab/user-data/").status_code == 404
    assert Api(cloud.people.outsider).get(f"/ec2/launch-templates/{made.id}/user-data/").status_code == 404


def test_a_version_is_made_without_seeing_the_last_ones_user_data(cloud, maker, made):
    address = f"/ec2/launch-templates/action/add-version/?id={made.id}"
    before = len(rows(cloud, ACT, made.id))
    assert "swordfish" in client(cloud.people.owner).get(address).content.decode()
    assert len(rows(cloud, ACT, made.id)) == before + 1
    page = client(maker).get(address).content.decode()
    assert "swordfish" not in page
    assert f"takes {ACT} to be seen. Left empty, it stays." in page
    asked = f"/ec2/launch-templates/{made.id}/add-version/?plan=1"
    assert WRITTEN not in (answer := Api(maker).post(asked, {"description": "more"})).content.decode()
    assert answer.status_code == 200, answer.content
    assert "UserData" not in answer.content.decode()
    assert len(rows(cloud, ACT, made.id)) == before + 1


def test_an_operation_shows_user_data_to_whoever_may_read_it_and_notes_that(cloud, maker):
    prepared = cloud.wizard("ec2.launch-template.create", {"name": f"api-{secrets.token_hex(4)}", "user_data": SECRET})
    with tenant_tx(cloud.people.tenant_id):
        id = submit(cloud.people.operator.actor, prepared).id
    for person, sees in ((cloud.people.operator, True), (cloud.people.owner, True), (maker, False)):
        browser = client(person)
        for _look in range(2):  # a page that is read anew as it moves is one reading
            text = browser.get(f"/operations/{id}/").content.decode()
        assert "create-launch-template" in text
        assert (WRITTEN in text or "swordfish" in text) == sees
        assert (f"(hidden) takes {ACT}" in text) != sees
    assert len(rows(cloud, ACT, id)) == 1, "the owner's: who asked knows what they gave"
    assert client(cloud.people.outsider).get(f"/operations/{id}/").status_code == 404


def test_what_launches_and_what_edits_user_data_take_the_same_permission_to_be_seen():
    for act in ("ec2.instance.launch", "ec2.instance.edit-user-data"):
        assert registry.action(act).sights == (LAUNCH,)
    assert registry.action("ec2.launch-template.add-version").guards == (), "it is made without seeing it"

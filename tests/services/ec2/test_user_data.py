"""Who reads an instance's user data, by page, REST and the form that edits it: with a permission, and on the record."""

import base64

import psycopg
import pytest
from django.db import connection

from apps.audit.models import AuditEvent
from apps.tenancy.context import tenant_tx
from tests.api.world import Api
from tests.console.world import client, fragment
from tests.services.ec2.cloud import REGION

ACT = "ec2.instance.read-user-data"
SECRET = "#!/bin/sh\nexport TOKEN=swordfish\n"


@pytest.fixture
def id(cloud):
    return cloud.launch(UserData=SECRET)


def rows(cloud, id, result="ok"):
    with tenant_tx(cloud.people.tenant_id):
        found = AuditEvent.objects.filter(
            tenant_id=cloud.people.tenant_id, act=ACT, result=result, target_id__in=(id, "")
        )
        return [(each.who_name, each.target_region) for each in found.order_by("id")]


def test_each_reading_is_on_the_record(cloud, id):
    page = f"/ec2/instances/{id}/tab/user-data/"
    assert "swordfish" in fragment(client(cloud.people.owner), page).content.decode()
    answer = Api(cloud.people.owner).get(f"/ec2/instances/{id}/user-data/")
    assert answer.json() == {"id": id, "type": "text/plain", "text": SECRET}
    found = rows(cloud, id)
    assert len(found) == 2, "by page and by REST"
    assert {region for _who, region in found} == {REGION}
    with tenant_tx(cloud.people.tenant_id):
        said = [str(vars(each)) for each in AuditEvent.objects.filter(tenant_id=cloud.people.tenant_id, act=ACT)]
    assert not any("swordfish" in text for text in said)


def test_who_may_see_the_instance_need_not_see_its_user_data(cloud, id):
    assert client(cloud.people.viewer).get(f"/ec2/instances/{id}/").status_code == 200
    page = fragment(client(cloud.people.viewer), f"/ec2/instances/{id}/tab/user-data/").content.decode()
    assert ACT in page
    assert "swordfish" not in page
    refused = Api(cloud.people.viewer).get(f"/ec2/instances/{id}/user-data/")
    assert (refused.status_code, refused.json()["permission"]) == (403, ACT)
    assert len(rows(cloud, id, "denied")) == 2
    assert rows(cloud, id) == []
    assert client(cloud.people.outsider).get(f"/ec2/instances/{id}/tab/user-data/").status_code == 404
    assert Api(cloud.people.outsider).get(f"/ec2/instances/{id}/user-data/").status_code == 404


def test_no_record_no_reading(cloud, id, postgres):
    app = connection.settings_dict["USER"]
    browser, api = client(cloud.people.owner), Api(cloud.people.owner)
    browser.raise_request_exception = False
    with psycopg.connect(postgres, dbname=connection.settings_dict["NAME"], autocommit=True) as root:
        root.execute(f"REVOKE INSERT ON audit_event FROM {app}")
        try:
            page = browser.get(f"/ec2/instances/{id}/tab/user-data/")
            answer = api.get(f"/ec2/instances/{id}/user-data/")
        finally:
            root.execute(f"GRANT INSERT ON audit_event TO {app}")
    assert page.status_code == answer.status_code == 500
    assert b"swordfish" not in page.content + answer.content


def test_the_form_that_edits_it_reads_it_too(cloud, id):
    cloud.aws.stop_instances(InstanceIds=[id])
    cloud.sync("ec2.instance")
    address = f"/ec2/instances/action/edit-user-data/?id={id}"
    browser = client(cloud.people.owner)
    assert "swordfish" in browser.get(address).content.decode()
    assert len(rows(cloud, id)) == 1
    shown = browser.post(address, {"id": id, "user_data": "x", "_preview": "1"})
    assert shown.status_code == 200
    assert len(rows(cloud, id)) == 1, "as somebody types it is one reading"
    page = client(cloud.people.viewer).get(address).content.decode()
    assert "swordfish" not in page


def test_an_operation_shows_what_it_writes_to_those_who_might_write_it(cloud, id):
    """Others see that there is something, in the page and in its code."""
    cloud.aws.stop_instances(InstanceIds=[id])
    cloud.sync("ec2.instance")
    asked = Api(cloud.people.operator).post(f"/ec2/instances/{id}/edit-user-data/", {"user_data": "swordfish\n"})
    assert asked.status_code == 202, asked.content
    page = f"/operations/{asked.json()['id']}/"
    written = base64.b64encode(b"swordfish\n").decode()
    for person, sees in (("operator", True), ("owner", True), ("viewer", False), ("auditor", False)):
        text = client(getattr(cloud.people, person)).get(page).content.decode()
        assert "modify-instance-attribute" in text
        assert (written in text or "swordfish" in text) == sees, person
        assert ("(hidden)" in text) != sees, person

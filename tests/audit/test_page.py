"""The audit page shows how far the record is sealed, and offers to take it out."""

import re

import pytest

from apps.audit import signing
from apps.audit.models import AuditAnchor
from apps.tenancy.context import tenant_tx
from tests.audit.records import seal_all, write
from tests.console.world import client


def text(person, query=""):
    page = client(person).get(f"/audit/{query}").content.decode()
    return re.sub(r"\s+", " ", page)


def test_it_says_how_far_the_record_is_sealed(people):
    assert "Not sealed yet" in text(people.auditor)
    last = seal_all(people.tenant_id)[-1]
    page = text(people.auditor)
    assert "All sealed" in page
    assert f"{last.total} rows, up to seal {last.number}" in page
    assert last.head in page
    assert signing.trusted()[0].replace("+", "&#x2B;") in page.replace("+", "&#x2B;")
    assert "None yet" in page
    write(people.tenant_id, 3)
    assert re.search(r"Rows not sealed yet</dt><dd>3 <", text(people.auditor))
    with tenant_tx(people.tenant_id):
        AuditAnchor.objects.create(
            tenant_id=people.tenant_id, number=last.number, head=last.head, place="file", name="/secret/place"
        )
    page = text(people.auditor)
    assert f"seal {last.number}," in page
    assert "/secret/place" not in page


def test_without_a_key_it_says_so(people, settings):
    settings.NORTHGATE_SEAL_KEY = ""
    page = text(people.auditor)
    assert "Not sealed" in page
    assert "NORTHGATE_SEAL_KEY" in page


def test_the_private_key_is_on_no_page(people, settings):
    assert settings.NORTHGATE_SEAL_KEY not in text(people.owner)


def test_exports_keep_the_pages_filters(people):
    page = text(people.auditor, "?act=ec2.*&result=ok&before=99")
    assert 'href="/audit/export/?act=ec2.%2A&amp;result=ok&amp;format=csv"' in page
    assert "format=ocsf" in page


def test_who_may_only_read_is_offered_no_export(people):
    from apps.tenancy import members
    from apps.tenancy.models import Membership
    from tests.people import make_member

    person = make_member(people.tenant, people.owner, "viewer")
    with tenant_tx(people.tenant_id):
        membership = Membership.objects.get(tenant=people.tenant, user=person.user)
        role = members.create_role(people.owner.actor, f"Reader {person.user.id}", ["audit.event.read"])
        members.bind(people.owner.actor, role, membership)
    page = text(person)
    assert "/audit/export/" not in page
    assert "Seals" in page


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_it_is_for_auditors(people, role):
    assert client(getattr(people, role)).get("/audit/").status_code == 403

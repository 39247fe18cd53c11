"""A load balancer through both doors, whose id is an ARN with slashes: the owner, the lesser teammate, the outsider."""

from urllib.parse import quote

import pytest

from apps.console import refs
from tests.api.world import Api
from tests.console.world import client, fragment
from tests.services.place import REGION

LB = "/elbv2/load-balancers/"


@pytest.fixture
def at(place, balancer):
    """Where a page finds it."""
    return f"{LB}{quote(refs.ref(balancer[0], str(place.account.id), REGION), safe='@:')}/"


def test_the_pages_show_it_and_lead_to_its_change(place, wanted, balancer, at):
    owner = client(place.people.owner)
    text = owner.get(at).content.decode()
    assert f"<h1>{wanted['name']}</h1>" in text
    assert "elb.amazonaws.com" in text
    listeners = fragment(owner, f"{at}tab/listeners/").content.decode()
    assert f"Forwards to {wanted['name']}" in listeners
    listed = owner.get(f"/elbv2/target-groups/?q={wanted['name']}").content.decode()
    assert f"loadbalancer/app/{wanted['name']}/" in listed, "not the ARN's beginning, which all have"
    dialog = owner.get(f"{LB}action/edit-listeners/?id={quote(refs.ref(balancer[0], str(place.account.id), REGION))}")
    assert 'name="listeners-0-port"' in dialog.content.decode()


def test_who_may_not_is_told_so_and_an_outsider_finds_nothing(place, wanted, balancer, at):
    query = f"?account={place.account.id}&region={REGION}"
    member, values = f"{LB}{quote(balancer[0])}/", {"account": str(place.account.id), "region": REGION, **wanted}
    values |= {"name": "more", "new_name": "more"}
    operator, viewer, outsider = (Api(getattr(place.people, who)) for who in ("operator", "viewer", "outsider"))

    assert operator.get(member + query).json()["name"] == wanted["name"]
    outline = operator.post(f"{LB}?plan=1", values)
    assert outline.status_code == 200, outline.content
    assert [step["call"] for step in outline.json()["plan"]["steps"]][-1] == "elbv2.create_listener"

    assert viewer.get(member + query).status_code == 200
    assert viewer.post(LB, values).json()["permission"] == "elbv2.load-balancer.create"
    assert viewer.post(f"{member}delete/{query}", {}).status_code == 403

    assert outsider.get(member + query).status_code == 404
    assert outsider.post(f"{member}delete/{query}", {}).status_code == 404
    assert outsider.post(LB, values).status_code == 422
    assert client(place.people.outsider).get(at).status_code == 404

import secrets
from dataclasses import replace
from decimal import Decimal

import pytest

from apps.catalog import registry
from apps.catalog.filters import parse
from apps.inventory import facets, query
from apps.inventory.order import BadCursor
from apps.inventory.query import Query
from apps.inventory.scope import InventoryScope
from apps.inventory.search import search
from apps.tenancy.access import Grant
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft
from tests.inventory.rows import instance, keep

KIND, EAST, WEST = "ec2.instance", "us-east-1", "eu-west-1"


@pytest.fixture(scope="module")
def accounts(people, django_db_blocker):
    from apps.cloud import accounts

    with django_db_blocker.unblock():
        made = [
            accounts.create_account(
                people.owner.actor, keys_draft("", name=name, endpoints={}, regions=(EAST, WEST)), check=False
            )
            for name in ("alpha", "beta")
        ]
        keep(
            made[0],
            EAST,
            [
                instance(1, name="web-1", owner="data", env="prod"),
                instance(2, name="Web-2", state="stopped", type="m5.large", owner="platform"),
                instance(3, name="api_1", type="c5.xlarge", zone="b", owner="data"),
                instance(4, state="pending", type="x9.huge"),
            ],
        )
        keep(made[0], WEST, [instance(5, name="api-2", region=WEST, env="prod")])
        keep(made[1], EAST, [instance(6, name="db%1", state="stopped", type="r5.large", cost="none")])
        yield made


@pytest.fixture
def tx(people, accounts):
    with tenant_tx(people.tenant_id):
        yield


@pytest.fixture
def ids(people, tx):
    """ids("state=stopped", …) lists the numbers of the instances that are found."""

    def listed(*filters, actor=None, **more):
        resource = registry.resource(KIND)
        wanted = Query(filters=tuple(parse(filters, resource)), **more)
        page = query.listing(actor or people.viewer.actor, resource, wanted)
        assert page.total is None or len(page.items) <= page.total
        return [int(item.id[2:], 16) for item in page.items]

    return listed


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["state=stopped"], {2, 6}),
        (["state=stopped,pending"], {2, 4, 6}),
        (["state!=running"], {2, 4, 6}),
        (["state!=running", "account=alpha"], {2, 4}),
        (["tag:owner=data"], {1, 3}),
        (["tag:owner=data,platform"], {1, 2, 3}),
        (["tag:owner!=data"], {2, 4, 5, 6}),
        (["tag:owner="], {4, 5, 6}),
        (["tag:owner!="], {1, 2, 3}),
        (["tag:owner:AT"], {1, 2, 3}),
        (["tag:env^pr"], {1, 5}),
        (["name:WEB"], {1, 2}),
        (["name^api"], {3, 5}),
        (["name=web-1"], {1}),
        (["name:%"], {6}),
        (["name:_"], {3}),
        (["name!:web"], {3, 4, 5, 6}),
        (["id=i-00000000000000003"], {3}),
        (["region=eu-west-1"], {5}),
        (["zone=us-east-1b"], {3}),
        (["account=beta"], {6}),
        (["account:ALPH"], {1, 2, 3, 4, 5}),
        (["account!=beta"], {1, 2, 3, 4, 5}),
        (["type=t3.micro"], {1, 5}),
        (["type:large"], {2, 3, 6}),
        (["type!=t3.micro"], {2, 3, 4, 6}),
        (["cost>60"], {3}),
        (["cost<60"], {1, 2, 5, 6}),
        (["cost="], {4}),
        (["cost>abc"], set()),
        (["launched>2026-01-05T12"], {5, 6}),
    ],
)
def test_filters(ids, filters, found):
    assert set(ids(*filters)) == found


def test_filters_join_by_and_or_or(ids):
    assert set(ids("state=stopped", "tag:owner=data")) == set()
    assert set(ids("state=stopped", "tag:owner=data", join="or")) == {1, 2, 3, 6}


def test_hostile_values_are_values(ids):
    for value in ("'; DROP TABLE inventory_entry; --", "%s", "%(x)s", "\\", '"', "{}", "$1"):
        assert ids(f"name={value}") == []
        assert ids(f"tag:{value[:20]}={value}") in ([], ids())
        assert ids(text=value) in ([], [6])


def test_text_finds_name_id_address_and_tags(ids):
    assert set(ids(text="WEB")) == {1, 2}
    assert set(ids(text="00003")) == {3}
    assert set(ids(text="10.0.0.5")) == {5}
    assert set(ids(text="owner=data")) == {1, 3}
    assert set(ids(text="prod api")) == {5}


def test_scope_of_accounts_and_regions(ids, accounts):
    assert set(ids(accounts=[accounts[1].id])) == {6}
    assert set(ids(accounts=[str(accounts[0].id)], regions=[WEST])) == {5}
    assert set(ids(regions=[EAST])) == {1, 2, 3, 4, 6}
    assert ids(regions=["ap-south-2"]) == []


@pytest.mark.parametrize("sort", ["name", "id", "state", "zone", "region", "account", "cost", "created", "type"])
@pytest.mark.parametrize("down", [False, True])
def test_pages_and_cursors_agree_in_every_order(people, tx, sort, down):
    resource = registry.resource(KIND)
    order = ("-" if down else "") + sort
    whole = [item.id for item in query.listing(people.viewer.actor, resource, Query(sort=order)).items]
    assert len(whole) == 6

    by_page, by_cursor, cursor = [], [], ""
    for number in (1, 2, 3):
        page = query.listing(people.viewer.actor, resource, Query(sort=order, page=number, size=2))
        by_page += [item.id for item in page.items]
        assert (page.total, page.pages, page.has_next) == (6, 3, number < 3)
    for _ in range(3):
        page = query.listing(people.viewer.actor, resource, Query(sort=order, size=2, cursor=cursor))
        by_cursor += [item.id for item in page.items]
        cursor = page.next
    assert by_page == by_cursor == whole
    assert cursor == ""
    opposite = query.listing(people.viewer.actor, resource, Query(sort=sort if down else f"-{sort}")).items
    assert [item.id for item in opposite] == whole[::-1]


def test_names_sort_without_regard_to_case(ids):
    assert [n for n in ids(sort="name") if n != 4] == [5, 3, 6, 1, 2]
    assert ids(sort="nonsense") == ids(sort="name")


@pytest.mark.parametrize("cursor", ["x", "!!!", "W10", "WyItbmFtZSJd", "bnVsbA", "eyJhIjoxfQ"])
def test_a_foreign_cursor_is_refused(ids, cursor):
    with pytest.raises(BadCursor):
        ids(cursor=cursor)


def test_a_filtered_list_is_counted(people, tx):
    resource = registry.resource(KIND)
    page = query.listing(people.viewer.actor, resource, Query(filters=tuple(parse(["state!=x"], resource)), size=2))
    assert (page.total, page.more) == (6, False)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_filtered_list_is_counted_with_the_page(people, tx, number, django_assert_num_queries):
    asked = Query(filters=tuple(parse(["state!=x"], registry.resource(KIND))), sort="-cost", size=2, page=number)
    with django_assert_num_queries(1 if number < 4 else 2):  # a page that is not there can't tell
        page = query.listing(people.viewer.actor, registry.resource(KIND), asked)
    assert (len(page.items), page.total, page.more, page.has_next) == (0 if number == 4 else 2, 6, False, number < 3)


def test_counting_ends_somewhere(people, tx, monkeypatch):
    monkeypatch.setattr(query, "COUNTED", 3)
    resource = registry.resource(KIND)
    for number, has_next in ((1, True), (2, True), (3, False)):
        asked = Query(filters=tuple(parse(["state!=x"], resource)), size=2, page=number)
        page = query.listing(people.viewer.actor, resource, asked)
        assert (len(page.items), page.total, page.more, page.has_next) == (2, 3, True, has_next)


class TestReach:
    def seen(self, ids, people, *grants, **limits):
        return set(ids(actor=replace(people.viewer.actor, grants=grants, **limits)))

    def test_grants_bound_what_is_listed(self, people, accounts, ids):
        read = ("*.*.read",)
        assert self.seen(ids, people) == set()
        assert self.seen(ids, people, Grant("s3", ("s3.*.read",))) == set()
        assert self.seen(ids, people, Grant("r", read, account=accounts[1].id)) == {6}
        assert self.seen(ids, people, Grant("r", read, region=WEST)) == {5}
        assert self.seen(ids, people, Grant("r", read, tag="owner=data")) == {1, 3}
        assert self.seen(ids, people, Grant("r", read, account=accounts[0].id, region=EAST, tag="env=prod")) == {1}
        assert self.seen(
            ids, people, Grant("r", read, region=WEST), Grant("q", ("ec2.instance.read",), account=accounts[1].id)
        ) == {5, 6}
        assert self.seen(ids, people, Grant("r", ("*",)), only_accounts=(accounts[1].id,)) == {6}

    def test_counts_do_not_tell_of_what_is_hidden(self, people, accounts, tx):
        resource = registry.resource(KIND)
        for grant, total in ((Grant("r", ("*",), region=WEST), 1), (Grant("r", ("*",), tag="owner=data"), 2)):
            actor = replace(people.viewer.actor, grants=(grant,))
            assert query.count(actor, resource, Query()) == (total, False)
            assert query.listing(actor, resource, Query(size=1)).total == total
            assert sum(n for _, n in facets.facets(actor, resource)["state"]) == total

    def test_search_and_scope_are_bound_too(self, people, accounts, tx):
        actor = replace(people.viewer.actor, grants=(Grant("r", ("*",), region=WEST),))
        assert [item.name for item in search(actor, "api")] == ["api-2"]
        assert InventoryScope(actor, accounts[0].id, EAST).find(KIND) == []
        assert InventoryScope(actor, accounts[0].id, EAST).get(KIND, "i-00000000000000001") is None

    def test_another_tenant_sees_nothing(self, people, accounts):
        theirs = people.outsider.actor
        with tenant_tx(theirs.tenant_id):
            assert query.listing(theirs, registry.resource(KIND), Query()).items == ()
            assert query.get(people.tenant_id, KIND, "i-00000000000000001") is None
            assert search(theirs, "web") == []
            assert search(replace(theirs, tenant_id=people.tenant_id), "web") == []


def test_get(people, accounts, tx):
    item = query.get(people.tenant_id, KIND, "i-00000000000000001")
    assert (item.name, item.tags["env"], item.attrs["InstanceType"]) == ("web-1", "prod", "t3.micro")
    assert query.get(people.tenant_id, KIND, item.id, account=accounts[1].id) is None
    assert query.get(people.tenant_id, KIND, item.id, account=str(accounts[0].id), region=EAST) == item
    assert query.get(people.tenant_id, KIND, item.id, region=WEST) is None
    assert query.get(people.tenant_id, KIND, "i-nothing") is None
    assert query.get(people.tenant_id, KIND, "nul\0") is None
    wanted = ["i-00000000000000006", "i-nothing", "i-00000000000000001"]
    assert [found.id for found in query.get_many(people.tenant_id, KIND, wanted)] == [wanted[0], wanted[2]]


def test_search(people, accounts, tx):
    find = lambda text: [item.name for item in search(people.viewer.actor, text)]  # noqa: E731
    assert find("WEB-1")[0] == "web-1"
    assert set(find("web")) == {"web-1", "Web-2"}
    assert find("i-00000000000000003") == ["api_1"]
    assert find("I-0000000000000000")[:1]
    assert len(find("i-0000000000000000")) == 6
    assert find("10.0.0.6") == ["db%1"]
    assert find("eb-2") == ["Web-2"]
    assert find("data api") == ["api_1"]
    assert find("") == find("  ") == find("nothing-like-it") == find("\0") == []
    assert len(search(people.viewer.actor, "i-", 2)) == 2


def test_the_scope_of_forms(people, accounts, tx):
    scope = InventoryScope(people.viewer.actor, str(accounts[0].id), EAST)
    assert scope.get(KIND, "i-00000000000000001").name == "web-1"
    assert scope.get(KIND, "i-00000000000000005") is None
    assert [item.name for item in scope.find(KIND, InstanceType="m5.large")] == ["Web-2"]
    assert [item.name for item in scope.find(KIND, state="running")] == ["api_1", "web-1"]
    assert [item.name for item in scope.find(KIND, State={"Name": "stopped"})] == ["Web-2"]
    assert len(scope.find(KIND)) == 4
    assert [item.name for item in scope.search(KIND, "web")] == ["web-1", "Web-2"]
    assert len(scope.search(KIND, limit=2)) == 2


def test_facets(people, accounts, tx):
    found = facets.facets(people.owner.actor, registry.resource(KIND))
    assert dict(found["state"]) == {"running": 3, "stopped": 2, "pending": 1}
    assert dict(found["type"])["t3.micro"] == 2
    assert facets.facets(people.owner.actor, registry.resource(KIND)) == found


def test_the_totals_of_an_empty_and_a_never_read_kind(people, tx):
    page = query.listing(people.viewer.actor, registry.resource("ec2.volume"), Query())
    assert (page.items, page.total, page.pages, page.next) == ((), 0, 1, "")


def test_what_a_name_may_hold(people, accounts):
    """AWS lets NUL, quotes and emoji through; long texts are cut where an index ends."""
    odd = f"x\0'\"%_\\🚀 {secrets.token_hex(2)}" + "ä" * 600
    keep(accounts[1], WEST, [instance(77, name=odd, note="\0")])
    try:
        with tenant_tx(people.tenant_id):
            found = query.get(people.tenant_id, KIND, f"i-{77:017x}")
            assert found.name.startswith("x'\"%_\\🚀")
            assert search(people.viewer.actor, "🚀")[0].id == found.id
    finally:
        keep(accounts[1], WEST, [])


def test_costs_are_decimals_of_dollars(people, accounts, tx):
    from apps.inventory.models import Entry

    cost = Entry.objects.get(tenant_id=people.tenant_id, kind=KIND, name="web-1").monthly_cost
    assert Decimal("7") < cost < Decimal("12")

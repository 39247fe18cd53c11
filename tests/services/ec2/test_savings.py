"""Savings Plans: what they cover as AWS applies them, and what is said where they can't be read."""

import secrets
from decimal import Decimal

import pytest

from apps.catalog.asking import Told
from apps.catalog.cards import Around
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.inventory import sync
from apps.services.ec2 import coverage, options, savings, savings_asked
from apps.services.ec2.coverage import COMPUTE, INSTANCE, Plan, Use, apply
from tests.cloud.helpers import keys_draft
from tests.console.world import client, fragment
from tests.people import make_people
from tests.services.ec2.known import Known, thing
from tests.services.ec2.test_options import Prices, machine, paid

HERE = "us-east-1"


def use(type="m7i.large", count=1, price="0.10", region=HERE):
    return Use(region, type, count, price and Decimal(price))


def plan(type=COMPUTE, commitment="1", id="", **more):
    return Plan(id or type, type, Decimal(commitment), **more)


def rates(**of):
    """By plan and type, all here."""
    return {(id, HERE, type): Decimal(rate) for id, found in of.items() for type, rate in found.items()}


@pytest.mark.pure
def test_an_instance_plan_comes_before_a_compute_plan():
    family = plan(INSTANCE, "0.06", family="m7i", region=HERE)
    found = apply(
        [plan(), family], [use(count=2)], rates(EC2Instance={"m7i.large": "0.06"}, Compute={"m7i.large": "0.07"})
    )
    assert found.covered == {(HERE, "m7i.large"): 2}
    assert found.used == {"EC2Instance": Decimal("0.06"), "Compute": Decimal("0.07")}
    assert found.paid[(HERE, "m7i.large")] == Decimal("0.13")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("limits", "covers"),
    [
        ({"family": "m7i", "region": HERE}, True),
        ({"family": "m7g", "region": HERE}, False),
        ({"family": "m7i", "region": "eu-west-1"}, False),
    ],
)
def test_an_instance_plan_holds_for_its_family_in_its_region(limits, covers):
    found = apply([plan(INSTANCE, **limits)], [use()], rates(EC2Instance={"m7i.large": "0.06"}))
    assert bool(found.covered) == covers


@pytest.mark.pure
def test_a_commitment_goes_where_it_saves_most_and_ends_midway():
    uses = [use(count=2), use("c7i.large", 1, "0.10")]
    found = apply([plan(commitment="0.09")], uses, rates(Compute={"m7i.large": "0.06", "c7i.large": "0.08"}))
    assert found.covered == {(HERE, "m7i.large"): Decimal("1.5")}
    assert found.used["Compute"] == Decimal("0.09")


@pytest.mark.pure
def test_what_has_no_rate_is_not_covered_and_what_is_unread_is_unknown():
    found = apply([plan()], [use()], {})
    assert (found.covered, found.unrated) == ({}, set())
    assert apply([plan()], [use()], {}, unread={"Compute"}).unrated == {(HERE, "m7i.large")}


@pytest.mark.pure
@pytest.mark.parametrize(
    ("obj", "name"),
    [
        ({"savingsPlanType": "Compute", "commitment": "0.50"}, "Compute $0.5/h"),
        (
            {"savingsPlanType": "EC2Instance", "ec2InstanceFamily": "m7i", "commitment": "10.00"},
            "EC2Instance m7i $10/h",
        ),
        ({"savingsPlanType": "Compute", "commitment": "3", "currency": "CNY"}, "Compute"),
        ({}, ""),
    ],
)
def test_a_plan_is_called_by_what_it_promises(obj, name):
    assert savings.named(obj) == name


@pytest.mark.pure
def test_only_rates_of_running_linux_are_taken():
    def rate(usage="BoxUsage:m7i.large", **about):
        named = {"region": HERE, "instanceType": "m7i.large", "tenancy": "shared", "productDescription": "Linux/UNIX"}
        properties = [{"name": name, "value": value} for name, value in (named | about).items()]
        return {"rate": "0.06", "currency": "USD", "unit": "Hrs", "usageType": usage, "properties": properties}

    others = [rate("UnusedBox:m7i.large"), rate(tenancy="dedicated"), rate(productDescription="Windows")]
    assert coverage.rates_of(plan(), others) == {}
    assert coverage.rates_of(plan(), [*others, rate()]) == rates(Compute={"m7i.large": "0.06"})


def asked(known, answers):
    """What the asking comes to when AWS answers so, in this order."""
    asking, around = (
        savings_asked.asks(known[0], Around(Known(*known), "", Prices())),
        Around(Known(*known), "", Prices()),
    )
    wanted, calls = next(asking), []
    try:
        while True:
            calls += [ask.call.partition(".")[2] for ask in wanted]
            wanted = asking.send([answers.pop(0) for _ask in wanted])
    except StopIteration as done:
        return Around(around.scope, "", around.book, told=done.value), calls


@pytest.mark.pure
def test_the_fleet_is_counted_with_them_after_reservations():
    compute = thing("ec2.savings-plan", commitment="0.07").attrs
    about = {"region": "eu-west-1", "instanceType": "m7i.large"}
    properties = [{"name": name, "value": value} for name, value in about.items()]
    rate = {
        "rate": "0.07",
        "currency": "USD",
        "unit": "Hrs",
        "usageType": "EU-BoxUsage:m7i.large",
        "properties": properties,
    }
    known = (machine(1), machine(2), machine(3), paid(1))
    around, calls = asked(known, [Told({"savingsPlans": [compute]}), Told({"searchResults": [rate]})])
    assert calls == ["describe_savings_plans", "describe_savings_plan_rates"]
    card = options.fleet_card(known[0], around)
    now = (Decimal("0.0635") + Decimal("0.07") + Decimal("0.10")) * 730
    assert card.rows[0] == ["m7i.large", 3, "1 / 3", "1 / 2", f"${now:,.2f}", "$219.00", "$87.60"]
    (row,) = options.savings_card(known[0], around).rows
    assert row[2:5] == ["$0.07", "$0.07", "$0.07"]


@pytest.mark.pure
def test_refusals_are_told_and_the_rest_goes_on():
    known = (machine(1),)
    around, _calls = asked(known, [Told(refused="The account may not do savingsplans:DescribeSavingsPlans.")])
    assert options.fleet_card(known[0], around).rows[0] == ["m7i.large", 1, "0 / 1", "$73.00", "$73.00", "$29.20"]
    said = " ".join(options.savings_card(known[0], around).words)
    assert "could not be read" in said
    assert "savingsplans:DescribeSavingsPlans" in said
    compute = thing("ec2.savings-plan").attrs
    around, _calls = asked(known, [Told({"savingsPlans": [compute]}), Told(refused="No rates.")])
    assert options.fleet_card(known[0], around).rows[0][3:5] == ["unknown", "unknown"]
    assert "No rates." in " ".join(options.savings_card(known[0], around).words)


@pytest.fixture
def world(panel_env, brisk_ec2, django_db_blocker):
    """Harbour's production, whose plans the demo's EC2 knows, and an account that has none."""
    with django_db_blocker.unblock():
        people = make_people()
        number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
        made = [
            create_account(people.owner.actor, keys_draft(brisk_ec2, each, name=name, regions=(HERE,)), check=False)
            for name, each in (("harbour", "111111111111"), ("other", number))
        ]
        yield people, made


def test_the_page_asks_aws_as_it_is_opened(world):
    people, (harbour, other) = world
    pages = []
    for account in (harbour, other):
        ec2 = clients.client(account, "ec2", HERE)
        linux = [{"Name": "name", "Values": ["al2023-ami-2023*-kernel-6.12-x86_64"]}]
        image = ec2.describe_images(Filters=linux)["Images"][0]["ImageId"]
        made = ec2.run_instances(ImageId=image, InstanceType="c7i.large", MinCount=1, MaxCount=1)
        id = made["Instances"][0]["InstanceId"]
        assert sync.sync(account, HERE, "ec2.instance").error is None
        assert sync.sync(account, "global", "ec2.savings-plan").error is None
        where = f"/ec2/instances/{id}@{account.id}:{HERE}/tab/pay/"
        pages.append(fragment(client(people.viewer), where).content.decode())
        assert fragment(client(people.outsider), where).status_code == 404
    assert "By Savings Plans" in pages[0]
    assert "c7i in us-east-1" in pages[0]
    assert "1 / 1" in pages[0]
    assert "None is active." in pages[1]
    listed = client(people.viewer).get("/ec2/savings-plans/").content.decode()
    assert "EC2Instance" in listed

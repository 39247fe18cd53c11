"""What runs, by the three ways to pay: counted from instances and reservations, unknown where there is no price."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.catalog.cards import Around
from apps.console import rows
from apps.services.ec2 import options, reserved
from tests.services.ec2.known import Known, thing

HOURS = 730


class Prices:
    """A price list of one type."""

    date, region = "2026-11-20", "eu-west-1"

    def instance(self, type):
        return Decimal("0.10") if type == "m7i.large" else None

    def spot(self, type):
        return Decimal("0.04") if type == "m7i.large" else None


def machine(n, type="m7i.large", zone="eu-west-1a", **more):
    placed = {"AvailabilityZone": zone, "Tenancy": "default"}
    item = thing("ec2.instance", "running", InstanceId=f"i-{n}", InstanceType=type, Placement=placed, **more)
    return replace(item, zone=zone)


def paid(count=1, zone="", **more):
    item = thing("ec2.reserved-instance", InstanceCount=count, **more)
    return replace(item, zone=zone)


def shown(*items):
    return options.fleet_card(items[0], Around(Known(*items), "", Prices()))


pytestmark = pytest.mark.pure


def test_each_way_is_counted_with_the_accounts_own_figures():
    card = shown(machine(1), machine(2), machine(3), machine(4, InstanceLifecycle="spot"), paid(2))
    rate = Decimal("0.0635")
    now = (2 * rate + Decimal("0.10") + Decimal("0.04")) * HOURS
    assert card.rows[0] == ["m7i.large", 4, "2 / 3", f"${now:,.2f}", "$292.00", "$116.80"]
    assert card.rows[-1][1:3] == [4, "2 / 3"]
    assert "1 of 3 run without a reservation" in " ".join(card.words)


def test_what_has_no_price_is_unknown_and_so_is_every_sum_with_it():
    card = shown(machine(1), machine(2, type="x9.mega"))
    assert card.rows[1][3:] == ["unknown"] * 3
    assert card.rows[-1][3:] == ["unknown"] * 3
    windows = shown(machine(1, Platform="windows"))
    assert windows.rows[0][3:] == ["unknown"] * 3
    assert "prices of their own" in " ".join(windows.words)


@pytest.mark.parametrize(
    ("reservation", "covered"),
    [
        (paid(5), 2),
        (paid(5, zone="eu-west-1a"), 1),
        (paid(5, zone="eu-west-1c"), 0),
        (paid(5, InstanceType="m7i.xlarge"), 0),
        (paid(5, ProductDescription="Windows"), 0),
        (paid(5, State="retired"), 0),
    ],
)
def test_a_reservation_covers_only_what_it_is_for(reservation, covered):
    assert shown(machine(1), machine(2, zone="eu-west-1b"), reservation).rows[0][2] == f"{covered} / 2"


def test_what_was_paid_at_first_is_spread_over_the_hours():
    attrs = {"Duration": 365 * 86400, "FixedPrice": 876.0, "RecurringCharges": [], "CurrencyCode": "USD"}
    assert reserved.hourly(attrs) == Decimal("0.1")
    assert reserved.hourly(attrs | {"CurrencyCode": "CNY"}) is None
    own = options.own_card(machine(1), Around(Known(machine(1), paid()), "", Prices()))
    assert dict(own.facts)["On-Demand, a month"] == "$73.00"


def test_what_an_hour_costs_is_not_rounded_to_cents():
    column = next(one for one in reserved.reserved.columns if one.key == "hourly")
    assert rows.cell(column, paid()).text == "$0.0635"
    assert [rows.money(each) for each in (0, 0.5, 1234.5, 0.06351)] == ["$0.00", "$0.50", "$1,234.50", "$0.0635"]


def test_a_reservation_is_called_by_what_it_is():
    assert paid(3).name == "3 × m7i.large"
    none = options.own_card(machine(1), Around(Known(machine(1)), "", Prices()))
    assert dict(none.facts)["Reserved, a month, by your own reservations of the type"] == (
        "You have no reservation of m7i.large."
    )


def test_nothing_runs():
    assert shown(paid()).rows == [["Together", 0, "0 / 0", "$0.00", "$0.00", "$0.00"]]

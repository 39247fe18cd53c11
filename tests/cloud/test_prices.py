from datetime import date
from decimal import Decimal

import pytest

from apps.cloud import accounts, prices
from apps.cloud.limits import DEFAULTS, quota
from apps.cloud.price_api import learn_instances
from tests.cloud.helpers import keys_draft, moto_account

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-1")


@pytest.mark.pure
@pytest.mark.parametrize("region", REGIONS)
def test_the_file_prices_what_the_demo_shows(region):
    book = prices._listed(region)

    assert date.fromisoformat(book.date)
    assert "Approximate" in book.source
    for name in (
        "t3.micro",
        "t3a.small",
        "t4g.medium",
        "m5.large",
        "m7i.xlarge",
        "c7g.large",
        "r6i.2xlarge",
        "g5.xlarge",
    ):
        assert 0 < book.instance(name) < 20
    assert book.spot("m5.large") < book.instance("m5.large")
    for volume in ("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"):
        assert 0 < book.storage(volume) < 1
    assert book.iops("gp3")
    assert book.throughput("gp3")
    assert book.snapshot()
    assert book.public_ipv4() == Decimal("0.005")
    assert 0 < book.entry("nat_gateway") < 1


@pytest.mark.pure
def test_well_known_prices():
    book = prices._listed("us-east-1")
    assert (book.instance("t3.micro"), book.instance("m5.large")) == (Decimal("0.0104"), Decimal("0.096"))
    assert (book.storage("gp3"), book.storage("gp2")) == (Decimal("0.08"), Decimal("0.1"))


@pytest.mark.pure
def test_what_has_no_price_is_unknown_not_free():
    assert prices._listed("us-east-1").instance("x9.huge") is None
    assert prices._listed("us-east-1").iops("gp2") is None
    assert prices._listed("mars-north-1").instance("t3.micro") is None


def test_a_learnt_price_goes_before_the_files():
    prices.learn("us-west-2", {"t3.micro": "0.0999"}, "2026-12-01")
    try:
        book = prices.book("us-west-2")
        assert (book.instance("t3.micro"), book.date) == (Decimal("0.0999"), "2026-12-01")
        assert book.instance("t3.small") == Decimal("0.0208")
    finally:
        prices.shared.delete(prices._slot("us-west-2"))
        prices._books.clear()


def test_an_account_that_may_not_ask_for_prices_changes_nothing(people, ministack):
    account = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)

    assert learn_instances(account, "eu-west-1", ["t3.micro"]) == 0
    assert prices.book("eu-west-1").instance("t3.micro") == Decimal("0.0114")


def test_a_quota_of_the_account_or_the_published_default(people, moto):
    account = moto_account(people.owner.actor, moto)

    for code in ("L-1216C47A", "L-0263D0A3"):
        limit = quota(account, "us-east-1", code)
        assert limit.source in {"account", "default"}
        assert limit.value is not None
        assert limit.source == "account" or limit.value == DEFAULTS[code][1]
        assert quota(account, "us-east-1", code) == limit
    assert quota(account, "us-east-1", "L-UNKNOWN", "ec2").value is None

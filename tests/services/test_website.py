"""A website's address, and what becomes of a bucket's own policy."""

import json

import pytest

from apps.services.s3 import policy, policy_risks, site_policy, site_steps
from apps.services.s3.website import HostForm
from tests.services.policies import ALL, BUCKET, DOCUMENTED, allow, deny
from tests.services.policies import policy as written


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "acme.s3-website-us-east-1.amazonaws.com"),
        ("eu-west-1", "acme.s3-website-eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "acme.s3-website-us-gov-west-1.amazonaws.com"),
        ("us-east-2", "acme.s3-website.us-east-2.amazonaws.com"),
        ("eu-central-1", "acme.s3-website.eu-central-1.amazonaws.com"),
        ("us-gov-east-1", "acme.s3-website.us-gov-east-1.amazonaws.com"),
        ("cn-north-1", "acme.s3-website.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_address_is_as_the_region_has_it(region, host):
    assert site_steps.address(BUCKET, region) == f"http://{host}"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_opening_adds_one_statement_and_closing_takes_it_out_again(name):
    before = DOCUMENTED[name][0]
    opened = site_policy.opened(json.dumps(before), BUCKET, "eu-west-1")
    after = json.loads(opened)
    assert after["Statement"][:-1] == before["Statement"]
    assert after["Version"] == before["Version"]
    found = policy.check(opened, BUCKET)
    assert found.errors == ()
    assert found.statements[-1] in policy_risks.public(found.statements)
    assert site_policy.opened(opened, BUCKET, "eu-west-1") == "", "it is there already"
    assert json.loads(site_policy.closed(opened)) == before


def test_without_a_policy_it_is_the_only_statement():
    opened = site_policy.opened("", BUCKET, "cn-north-1")
    assert json.loads(opened)["Statement"][0]["Resource"] == "arn:aws-cn:s3:::acme/*"
    assert site_policy.closed(opened) == ""
    assert site_policy.closed("") is None
    assert site_policy.closed("no policy") is None


@pytest.mark.parametrize(
    "there",
    [
        allow(),
        allow({"AWS": "*"}),
        allow({"AWS": ["*"]}, ["s3:GetObject"], [ALL], Sid="Other"),
    ],
)
def test_what_lets_in_everybody_already_is_not_added_again(there):
    assert site_policy.opened(json.dumps(written(there)), BUCKET, "eu-west-1") == ""


@pytest.mark.parametrize(
    "there", [deny(), allow(Condition={"Bool": {"aws:SecureTransport": "true"}}), allow(action="s3:Get*")]
)
def test_what_only_looks_like_it_is_left_alone(there):
    opened = json.loads(site_policy.opened(json.dumps({"Statement": there}), BUCKET, "eu-west-1"))
    assert opened["Statement"][0] == there
    assert len(opened["Statement"]) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "can't be read"),
        ('{"Statement": 1}', "can't be read"),
        (json.dumps(written(deny(Sid=site_policy.SID))), "another statement called PublicReadForWebsite"),
        (json.dumps(written(allow({"AWS": "111122223333"}, Sid="x" * 20_200))), "longer than 20480 bytes"),
    ],
)
def test_a_policy_that_can_not_take_it_is_left_as_it_is(text, words):
    with pytest.raises(site_policy.Unfit, match=words):
        site_policy.opened(text, BUCKET, "eu-west-1")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"serve": "site", "index": ""}, "index"),
        ({"serve": "site", "index": "a/index.html"}, "index"),
        ({"serve": "redirect", "host": ""}, "host"),
        ({"serve": "redirect", "host": "https://example.com"}, "host"),
        ({"serve": "redirect", "host": "example.com/x"}, "host"),
        ({"serve": "both"}, "serve"),
    ],
)
def test_what_aws_would_refuse_is_refused(values, field):
    assert field in HostForm(values).errors

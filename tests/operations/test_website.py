"""A bucket as a website, as one plan: in its order, taken back whole, and undone without touching anything else."""

import json
from dataclasses import replace

import pytest

from apps.catalog.forms import json_errors
from apps.inventory import sync
from apps.operations.submit import submit
from apps.services.s3 import site_policy
from apps.services.s3.website import HostForm
from apps.tenancy.context import tenant_tx
from tests.operations.test_permissions import document, reads, told  # noqa: F401  fixtures
from tests.operations.test_settings import name, ready, write  # noqa: F401  fixtures
from tests.operations.test_sweep import _database, _quiet, cloud, go  # noqa: F401  fixtures

SITE = {"serve": "site", "index": "index.html", "error": "404.html"}
ON = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
OPEN = ON | {"BlockPublicPolicy": False, "RestrictPublicBuckets": False}


def blocks(aws, name):  # noqa: F811
    return aws.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]


def policy(aws, name):  # noqa: F811
    return json.loads(aws.get_bucket_policy(Bucket=name)["Policy"])


@pytest.fixture
def closed(cloud, name):  # noqa: F811
    """A bucket with all four switches on."""
    cloud[2].put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=ON)
    sync.refresh(cloud[1], "global", "s3.bucket", [name])
    return name


def test_one_plan_serves_it_in_the_order_that_it_takes(cloud, closed, ready, write, told):  # noqa: F811
    aws = cloud[2]
    prepared = ready("host-website", SITE)
    assert [step["call"] for step in prepared.plan.steps] == [
        "s3.put_bucket_website",
        "s3.put_public_access_block",
        "s3.put_bucket_policy",
    ]
    means, notes, risks = told(prepared)
    assert f"http://{closed}.s3-website-us-east-1.amazonaws.com" in means[0]
    assert "Anybody can read every object" in means[1]
    assert "the whole account can't be read" in notes[0], "the emulator has no such call"
    assert risks == (f"Everything in {closed} becomes public.",)

    write("host-website", SITE)
    site = aws.get_bucket_website(Bucket=closed)
    assert (site["IndexDocument"], site["ErrorDocument"]) == ({"Suffix": "index.html"}, {"Key": "404.html"})
    assert blocks(aws, closed) == OPEN, "the two for ACLs stay on"
    (statement,) = policy(aws, closed)["Statement"]
    assert statement == site_policy.statement(closed, "us-east-1")
    assert ready("host-website", SITE).plan.steps == (), "it is so already"
    changed = ready("host-website", SITE | {"error": ""})
    assert [step["call"] for step in changed.plan.steps] == ["s3.put_bucket_website"]


def test_the_buckets_own_policy_is_kept_and_left_when_the_website_goes(cloud, closed, ready, write, told):  # noqa: F811
    aws, own = cloud[2], reads(closed, {"AWS": "111122223333"}, Sid="Mine")
    aws.put_bucket_policy(Bucket=closed, Policy=document(own))
    write("host-website", SITE)
    assert policy(aws, closed)["Statement"][0] == own
    assert len(policy(aws, closed)["Statement"]) == 2

    means, _notes, _risks = told(ready("unhost-website", {"private": True}))
    assert "no public policy can be written" in means[1]
    write("unhost-website", {"private": True})
    assert policy(aws, closed)["Statement"] == [own]
    assert blocks(aws, closed) == ON
    with pytest.raises(aws.exceptions.ClientError, match="NoSuchWebsiteConfiguration"):
        aws.get_bucket_website(Bucket=closed)


def test_what_others_made_public_stays_when_the_website_goes(cloud, closed, ready, write, told):  # noqa: F811
    aws = cloud[2]
    write("host-website", SITE)
    theirs = reads(closed, Action="s3:GetObjectVersion", Sid="Theirs")
    aws.put_bucket_policy(Bucket=closed, Policy=document(theirs, *policy(aws, closed)["Statement"]))
    assert "Other statements" in told(ready("unhost-website", {"private": True}))[0][1]
    write("unhost-website", {"private": True})
    assert policy(aws, closed)["Statement"] == [theirs]
    assert blocks(aws, closed) == OPEN


def test_a_policy_that_was_ours_alone_is_deleted(cloud, closed, write):  # noqa: F811
    aws = cloud[2]
    write("host-website", SITE)
    write("unhost-website", {"private": True})
    with pytest.raises(aws.exceptions.ClientError, match="NoSuchBucketPolicy"):
        aws.get_bucket_policy(Bucket=closed)


def test_only_the_website_goes_when_that_is_asked_for(cloud, closed, write):  # noqa: F811
    write("host-website", SITE)
    write("unhost-website", {"private": False})
    assert len(policy(cloud[2], closed)["Statement"]) == 1
    assert blocks(cloud[2], closed) == OPEN


@pytest.mark.parametrize("before", [None, {"RedirectAllRequestsTo": {"HostName": "example.com"}}])
def test_when_the_policy_is_refused_all_is_as_it_was(cloud, closed, ready, before):  # noqa: F811
    people, _account, aws, _proxy = cloud
    if before:
        aws.put_bucket_website(Bucket=closed, WebsiteConfiguration=before)
    own = document(reads(closed, {"AWS": "111122223333"}))
    aws.put_bucket_policy(Bucket=closed, Policy=own)
    prepared = ready("host-website", SITE)
    theirs = document(reads(closed, {"AWS": "444455556666"}))
    aws.put_bucket_policy(Bucket=closed, Policy=theirs)
    with tenant_tx(people.tenant_id):
        operation = submit(people.owner.actor, prepared)
    ended = go(operation)
    assert (ended.state, ended.error["code"]) == ("failed", "ChangedMeanwhile")
    assert [row.state for row in ended.journal] == ["undone", "undone", "failed"]
    assert blocks(aws, closed) == ON
    assert aws.get_bucket_policy(Bucket=closed)["Policy"] == theirs, "what somebody else wrote meanwhile stays"
    if before:
        assert aws.get_bucket_website(Bucket=closed)["RedirectAllRequestsTo"] == {"HostName": "example.com"}
    else:
        with pytest.raises(aws.exceptions.ClientError, match="NoSuchWebsiteConfiguration"):
            aws.get_bucket_website(Bucket=closed)


def test_a_redirect_makes_nothing_public(cloud, closed, ready, write, told):  # noqa: F811
    aws, to = cloud[2], {"serve": "redirect", "host": "www.example.com", "protocol": "https"}
    means, notes, risks = told(ready("host-website", to))
    assert "Nothing of the bucket becomes public." in means[0]
    assert (notes, risks) == ((), ())
    write("host-website", to)
    assert aws.get_bucket_website(Bucket=closed)["RedirectAllRequestsTo"] == {
        "HostName": "www.example.com",
        "Protocol": "https",
    }
    assert blocks(aws, closed) == ON
    initial = ready("host-website").form.initial
    assert (initial["serve"], initial["host"]) == ("redirect", "www.example.com")


def test_rules_that_the_form_does_not_show_are_kept(cloud, closed, ready, write):  # noqa: F811
    aws = cloud[2]
    rules = [{"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}}]
    there = {"IndexDocument": {"Suffix": "start.html"}, "RoutingRules": rules}
    aws.put_bucket_website(Bucket=closed, WebsiteConfiguration=there)
    write("host-website", SITE)
    assert aws.get_bucket_website(Bucket=closed)["RoutingRules"] == rules
    refused = ready("host-website", {"serve": "redirect", "host": "example.com"})
    assert "redirection rules, which would be lost" in json_errors(refused.form)["serve"][0]


def test_the_accounts_block_forbids_it_and_that_is_said(cloud, closed, ready):  # noqa: F811
    (item,) = ready("host-website").items
    form = HostForm(SITE)
    form.items = (replace(item, attrs={**item.attrs, "AccountBlock": ON}),)
    assert "Block Public Access of the whole account" in form.errors["__all__"][0]
    redirect = HostForm({"serve": "redirect", "host": "example.com"})
    redirect.items = form.items
    assert redirect.is_valid(), "that needs no public policy"

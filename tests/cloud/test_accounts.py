import json
import secrets
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection

from apps.audit.models import AuditEvent
from apps.cloud import accounts
from apps.cloud.calls import call
from apps.cloud.connect import verify
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft, number, role_draft


def events(tenant_id, account_id):
    with tenant_tx(tenant_id):
        return list(AuditEvent.objects.filter(target_id=str(account_id)).order_by("at"))


def test_verify_tells_whose_it_is_what_it_may_and_where(people, ministack):
    mine = number()
    found = verify(people.tenant_id, keys_draft(ministack, mine))

    assert found.number == mine
    assert found.arn == f"arn:aws:iam::{mine}:root"
    assert "us-east-1" in found.regions
    assert all(allowed in (True, False, None) for _, allowed in found.may)


def test_a_credential_of_another_account_is_refused(people, ministack):
    with pytest.raises(CallFailed) as failed:
        verify(people.tenant_id, keys_draft(ministack, number="111122223333"))
    assert failed.value.explained.code == "WrongAccount"
    assert "111122223333" in failed.value.explained.text


def test_a_wrong_key_is_refused_in_plain_words(people, ministack):
    with pytest.raises(CallFailed) as failed:
        verify(people.tenant_id, keys_draft(ministack, "AKIANOBODYKNOWSTHIS1"))
    assert failed.value.explained.kind == "denied"
    assert failed.value.explained.next


def test_a_limited_user_sees_what_it_lacks(people, ministack):
    root = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    call(root, "us-east-1", "iam.create_user", {"UserName": "limited"})
    statement = {"Effect": "Allow", "Action": ["sts:*", "ec2:DescribeRegions"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    params = {"UserName": "limited", "PolicyName": "p", "PolicyDocument": policy}
    call(root, "us-east-1", "iam.put_user_policy", params)
    key = call(root, "us-east-1", "iam.create_access_key", {"UserName": "limited"}).data["AccessKey"]
    draft = keys_draft(ministack, key["AccessKeyId"], secret_key=key["SecretAccessKey"], number=root.number)

    may = dict(verify(people.tenant_id, draft).may)

    assert False in may.values()
    assert may.get("ec2:DescribeInstances") is not True
    assert "cloudwatch:GetMetricData" in may


def test_create_keeps_a_sealed_credential_and_audits_without_it(people, ministack):
    mine, secret = number(), f"s3cr3t-{secrets.token_hex(8)}"
    account = accounts.create_account(people.owner.actor, keys_draft(ministack, mine, secret_key=secret, regions=()))

    assert account.status == "connected"
    assert account.number == mine
    assert account.regions
    with tenant_tx(people.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT secret, row_to_json(a)::text FROM cloud_account a WHERE id = %s", [account.id])
        sealed, row = cursor.fetchone()
    assert secret.encode() not in bytes(sealed)
    assert mine.encode() not in bytes(sealed)
    assert secret not in row
    [event] = events(people.tenant_id, account.id)
    assert (event.act, event.result) == ("cloud.account.create", "ok")
    assert secret not in str(event.after)
    assert mine == event.after["number"]


def test_nothing_is_kept_when_the_credential_is_refused(people, ministack):
    draft = keys_draft(ministack, "AKIANOBODYKNOWSTHIS1")
    with pytest.raises(CallFailed):
        accounts.create_account(people.owner.actor, draft)
    with tenant_tx(people.tenant_id):
        assert not Account.objects.filter(name=draft.name).exists()


@pytest.mark.parametrize("who", ["operator", "viewer", "auditor"])
def test_only_owners_manage_accounts(people, ministack, who):
    person = getattr(people, who)
    account = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)

    for act in (
        lambda: accounts.create_account(person.actor, keys_draft(ministack)),
        lambda: accounts.update_account(person.actor, account.id, keys_draft(ministack)),
        lambda: accounts.check_account(person.actor, account.id),
        lambda: accounts.delete_account(person.actor, account.id),
    ):
        with pytest.raises(Denied):
            act()


def test_an_outsider_does_not_find_it(people, ministack):
    account = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)

    for act in (accounts.check_account, accounts.delete_account):
        with pytest.raises(Account.DoesNotExist):
            act(people.outsider.actor, account.id)


def test_update_without_keys_keeps_them(people, ministack):
    mine = number()
    account = accounts.create_account(people.owner.actor, keys_draft(ministack, mine), check=False)
    renamed = keys_draft(ministack, mine, name="renamed " + account.name)
    draft = replace(renamed, access_key="", secret_key="")

    changed = accounts.update_account(people.owner.actor, account.id, draft)

    assert call(changed, "us-east-1", "sts.get_caller_identity").data["Account"] == mine
    event = events(people.tenant_id, account.id)[-1]
    assert event.before["name"] != event.after["name"]


def test_update_to_another_accounts_key_is_refused(people, ministack):
    account = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    with pytest.raises(CallFailed, match="WrongAccount"):
        accounts.update_account(people.owner.actor, account.id, keys_draft(ministack))


def test_check_keeps_the_problem(people, ministack):
    draft = keys_draft(ministack, "AKIANOBODYKNOWSTHIS1", number=number())
    account = accounts.create_account(people.owner.actor, draft, check=False)
    with pytest.raises(CallFailed):
        accounts.check_account(people.owner.actor, account.id)

    with tenant_tx(people.tenant_id):
        account.refresh_from_db()
    assert account.status == "problem"
    assert account.problem["kind"] == "denied"
    assert account.checked_at
    assert events(people.tenant_id, account.id)[-1].result == "failed"


def test_delete_refuses_while_a_role_depends_on_it(people, ministack):
    source = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    role = accounts.create_account(people.owner.actor, role_draft(ministack, source, number()), check=False)

    with pytest.raises(accounts.InUse) as used:
        accounts.delete_account(people.owner.actor, source.id)
    assert used.value.names == [role.name]

    accounts.delete_account(people.owner.actor, role.id)
    accounts.delete_account(people.owner.actor, source.id)
    assert events(people.tenant_id, source.id)[-1].act == "cloud.account.delete"


def test_another_tenants_account_is_no_source_in_the_database(people, ministack):
    theirs = accounts.create_account(people.outsider.actor, keys_draft(ministack), check=False)
    with pytest.raises(IntegrityError):
        accounts.create_account(people.owner.actor, role_draft(ministack, theirs, number()), check=False)


def test_names_are_taken_once(people, ministack):
    draft = keys_draft(ministack)
    accounts.create_account(people.owner.actor, draft, check=False)
    with pytest.raises(IntegrityError):
        accounts.create_account(people.owner.actor, draft, check=False)


def test_a_draft_shows_no_secret(people, ministack):
    draft = keys_draft(ministack, "AKIASHOWN", secret_key="hidden", number=number())
    assert "hidden" not in repr(draft)
    assert "AKIASHOWN" not in repr(draft)

"""An account of two Regions on the demo's EC2 and CloudWatch, with an instance, and what its browser tests do again and
again: open, look whether the page is in order, submit, carry out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.chromium import inaccessible_in_any_theme
from tests.cloud.helpers import keys_draft
from tests.operations.conftest import REGION, World
from tests.people import make_people

THERE = "eu-central-1"
ZONE = f"{REGION}a"
IMAGE = "ami-12c6146b"  # one that the emulator knows
PHONE = {"width": 390, "height": 844}


@dataclass
class Shelf(World):
    """`page` is the test's, on which its operator is signed in."""

    page: Any = None
    instance: str = ""

    def client(self, service: str, region: str = REGION) -> Any:
        return clients.client(self.account, service, region)

    def wizard(self, path: str) -> None:
        """Opens a wizard in the account and its first Region."""
        at = f"in-account={self.account.id}&in-region={REGION}"
        self.page.goto(f"{self.page.site}{path}{'&' if '?' in path else '?'}{at}")

    def detail(self, plural: str, id: str) -> None:
        self.page.goto(f"{self.page.site}/ec2/{plural}/{id}@{self.account.id}:{REGION}/")

    def field(self, name: str) -> Any:
        """The control of a form's field, in the dialog where one is open."""
        return self.page.locator(f"#id_{name}")

    def choose(self, name: str, text: str) -> None:
        """Types into a field that searches, and takes the first that is found."""
        self.field(name).fill(text)
        self.page.locator(f"#id_{name}_list").get_by_role("option", name=text).first.click()

    def dialog(self, label: str) -> Any:
        """The dialog that a button of the page opens, from its menu where it isn't in sight."""
        head = self.page.locator(".detail-head")
        if not head.get_by_role("link", name=label, exact=True).is_visible():
            head.get_by_role("button", name="Actions").click()
        head.get_by_role("link", name=label, exact=True).click()
        found = self.page.locator("#dialog")
        expect(found.get_by_role("heading").first).to_be_visible()
        return found

    def sound(self) -> None:
        """Neither theme has a WCAG violation, and on a phone nothing scrolls sideways."""
        found = inaccessible_in_any_theme(self.page)
        assert not found, found
        assert not self._wide()

    def sound_dialog(self) -> None:
        found = inaccessible_in_any_theme(self.page, "#dialog")
        assert not found, found
        assert not self._wide()

    def _wide(self) -> list[str]:
        size = self.page.viewport_size
        self.page.set_viewport_size(PHONE)
        found = self.page.evaluate(
            "[...document.querySelectorAll('html, main, dialog[open], dialog[open] .dlg')]"
            ".filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.localName)"
        )
        self.page.set_viewport_size(size)
        return list(found)

    def refuse(self, *words: str) -> None:
        """Submits the wizard, which is refused with these words."""
        with self.page.expect_navigation():
            self.page.locator("#submit").click()
        for each in words:
            expect(self.page.locator("#errors")).to_contain_text(each)

    def submit(self, act: str) -> Any:
        """Submits the wizard and carries its operation out."""
        self.page.locator("#submit").click()
        self.page.wait_for_url("**/operations/**")
        return self.carry_out(act)

    def confirm(self, act: str, button: str, word: str = "") -> Any:
        """Submits the dialog, the word typed that it wants, and carries its operation out."""
        dialog = self.page.locator("#dialog")
        if word:
            box = dialog.get_by_label(f"Type {word} to confirm")
            if not box.input_value():
                expect(dialog.get_by_role("button", name=button, exact=True)).to_be_disabled()
            box.fill(word)
        dialog.get_by_role("button", name=button, exact=True).click()
        expect(dialog).to_be_hidden()
        return self.carry_out(act)

    def carry_out(self, act: str) -> Any:
        """The newest operation of this act, which succeeds."""
        with tenant_tx(self.people.tenant_id):
            found = Operation.objects.filter(tenant_id=self.people.tenant_id, act=act).latest("created_at")
        ended = self.run(found)
        assert ended.state == "succeeded", [(step.call, step.state, step.error) for step in ended.journal]
        return ended


@pytest.fixture(scope="session")
def stocked(panel_env, ministack, brisk_ec2) -> Shelf:
    people = make_people()
    where = {"regions": (REGION, THERE), "environment": "production"}
    draft = keys_draft(ministack, name="shelf", endpoints={"*": ministack, "ec2": brisk_ec2}, **where)
    account = create_account(people.owner.actor, draft, check=False)
    made = Shelf(people, account, clients.client(account, "ec2", REGION), None, "")
    run = made.aws.run_instances(
        ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, Placement={"AvailabilityZone": ZONE}
    )
    made.instance = run["Instances"][0]["InstanceId"]
    made.aws.create_tags(Resources=[made.instance], Tags=[{"Key": "Name", "Value": "api-1"}])
    made.sync("ec2.zone", "ec2.instance", "ec2.volume")
    return made


@pytest.fixture
def shelf(stocked: Shelf, page: Page, enter) -> Shelf:
    """The same account for each test; `mark` makes names of its own."""
    enter(stocked.people.operator)
    return Shelf(stocked.people, stocked.account, stocked.aws, None, secrets.token_hex(3), page, stocked.instance)

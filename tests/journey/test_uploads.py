"""Uploads in the browser, on the running panel: lost connections, reloads, what may not be, and a panel in peace."""

import re
import zlib

import pytest
from playwright.sync_api import expect

from apps.cloud import multipart, objects
from apps.cloud.accounts import create_account
from apps.cloud.calls import call
from apps.inventory.sync import sync
from tests.buckets import REGION, make_bucket
from tests.chromium import inaccessible
from tests.cloud.helpers import keys_draft
from tests.journey.test_browser import visit  # noqa: F401  a fixture

pytestmark = pytest.mark.long
MIB = 1024**2
SOON = 60_000  # milliseconds; the emulator is slower than AWS
BIG = 300 * MIB


@pytest.fixture(scope="module")
def store(stage, storage_proxy):
    draft = keys_draft(storage_proxy.url, secret_key="test", regions=(REGION,), name="store")
    return create_account(stage.people.owner.actor, draft, check=False)


@pytest.fixture
def bucket(store, storage_proxy):
    storage_proxy.reset()
    name = make_bucket(store)
    sync(store, "global", "s3.bucket")
    yield name
    storage_proxy.reset()


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A file of 300 MiB in which no part is like another."""
    path = tmp_path_factory.mktemp("big") / "big.bin"
    with path.open("wb") as file:
        for n in range(BIG // MIB):
            file.write(n.to_bytes(4, "big") * (MIB // 4))
    return path


def crc32(path):
    crc = 0
    with path.open("rb") as file:
        while piece := file.read(4 * MIB):
            crc = zlib.crc32(piece, crc)
    return crc


def base(store, bucket):
    return f"/s3/buckets/{bucket}@{store.id}:{REGION}/objects/"


def opened(store, bucket, address):
    rule = {"AllowedOrigins": [address], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"]}
    call(store, REGION, "s3.put_bucket_cors", {"Bucket": bucket, "CORSConfiguration": {"CORSRules": [rule]}})


def memory(pid):
    """The most that a process has had resident, MiB."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) / 1024


class Traffic:
    """Bytes that a page sends, as the browser counts them, by where to."""

    def __init__(self, page, panel):
        self.panel, self.others, self.asked, self.address = 0, 0, 0, panel
        page.on("requestfinished", self._count)

    def _count(self, request):
        if request.url.startswith(self.address):
            self.asked += "/api/" in request.url
            self.panel += request.sizes()["requestBodySize"]
        elif request.method == "PUT":
            self.others += int(request.headers.get("content-length") or request.sizes()["requestBodySize"])


def test_300_mib_outlive_a_lost_connection_and_a_reload(stage, running, visit, store, storage_proxy, bucket, big):  # noqa: F811
    opened(store, bucket, stage.address)
    operator = visit(stage.people.operator)
    page = operator.page
    page.set_default_timeout(SOON)
    pid = running.children["web"].pid
    operator.go(base(store, bucket) + "upload/?prefix=backup/")
    before, traffic = memory(pid), Traffic(page, stage.address)
    storage_proxy.rule("UploadPart", lose=True, times=2)
    held = storage_proxy.rule("UploadPart", hold=True, times=1, of="partNumber=9")
    page.set_input_files("input[type=file]:not([webkitdirectory])", str(big))
    assert held.reached.wait(60)
    page.reload()
    held.go.set()
    expect(page.locator(".more-card")).to_contain_text("backup/big.bin")
    there = storage_proxy.calls["UploadPart"]
    assert there >= 8
    page.set_input_files("input[type=file]:not([webkitdirectory])", str(big))
    expect(page.locator("#files tr")).to_have_attribute("data-state", "done", timeout=SOON)
    expect(page.locator("[data-count]")).to_contain_text("1 of 1 uploaded")
    head = objects.head(store, REGION, bucket, "backup/big.bin")
    assert head["ContentLength"] == BIG
    seen = 0
    for piece in objects.content(store, REGION, bucket, "backup/big.bin"):
        seen = zlib.crc32(piece, seen)
    assert seen == crc32(big)
    # What AWS had was not sent again but for what was under way; and of all that nothing went through the panel.
    assert storage_proxy.calls["UploadPart"] <= -(-BIG // multipart.ONE_PUT) + 2 + 12
    assert traffic.panel < 64 * 1024
    assert memory(pid) - before < 48
    operator.problems[:] = [each for each in operator.problems if "ERR_EMPTY_RESPONSE" not in each]
    assert call(store, REGION, "s3.list_multipart_uploads", {"Bucket": bucket}).data.get("Uploads", []) == []


def test_every_end_of_a_file_is_said(stage, visit, store, storage_proxy, bucket, tmp_path):  # noqa: F811
    opened(store, bucket, stage.address)
    call(store, REGION, "s3.put_object", {"Bucket": bucket, "Key": "there.txt", "Body": b"old"})
    for name in ("there.txt", "refused.txt", "fine.txt", "é 'quoted' & <b>.txt"):
        (tmp_path / name).write_text(name)
    storage_proxy.rule("PutObject", code="AccessDenied", status=403, times=50, of="refused.txt")
    operator = visit(stage.people.operator)
    page = operator.page
    operator.go(base(store, bucket) + "upload/")
    page.set_input_files("input[type=file]:not([webkitdirectory])", [str(path) for path in tmp_path.iterdir()])
    row = lambda name: page.locator("#files tr", has_text=name)  # noqa: E731
    expect(row("there.txt")).to_have_attribute("data-state", "taken", timeout=SOON)
    expect(row("fine.txt")).to_have_attribute("data-state", "done", timeout=SOON)
    expect(row("<b>.txt")).to_have_attribute("data-state", "done", timeout=SOON)
    assert not inaccessible(page)
    row("there.txt").get_by_role("button", name="Replace").click()
    expect(row("there.txt")).to_have_attribute("data-state", "done", timeout=SOON)
    assert objects.first(store, REGION, bucket, "there.txt", limit=20).body == b"there.txt"
    expect(row("refused.txt")).to_have_attribute("data-state", "failed", timeout=SOON)
    expect(row("refused.txt")).to_contain_text("AccessDenied")
    storage_proxy.reset()
    row("refused.txt").get_by_role("button", name="Try again").click()
    expect(row("refused.txt")).to_have_attribute("data-state", "done", timeout=SOON)
    expect(page.locator("[data-count]")).to_contain_text("4 of 4 uploaded")
    operator.problems[:] = [each for each in operator.problems if not re.search("40[013]|412", each)]


def test_pause_cancel_and_what_is_left(stage, visit, store, storage_proxy, bucket, big):  # noqa: F811
    opened(store, bucket, stage.address)
    operator = visit(stage.people.operator)
    page = operator.page
    operator.go(base(store, bucket) + "upload/")
    held = storage_proxy.rule("UploadPart", hold=True, times=99)
    page.set_input_files("input[type=file]:not([webkitdirectory])", str(big))
    assert held.reached.wait(60)
    page.click("[data-pause]")
    expect(page.locator("#files tr")).to_have_attribute("data-state", "stopped", timeout=SOON)
    storage_proxy.reset()
    held.go.set()
    page.click("[data-resume]")
    expect(page.locator("#files tr")).to_have_attribute("data-state", "done", timeout=SOON)
    page.set_input_files("input[type=file]:not([webkitdirectory])", str(big))
    expect(page.locator("#files tr")).to_have_attribute("data-state", "taken", timeout=SOON)
    call(store, REGION, "s3.create_multipart_upload", {"Bucket": bucket, "Key": "from elsewhere"})
    page.click("text=Unfinished uploads")
    expect(page.locator("#unfinished")).to_contain_text("from elsewhere")
    assert not inaccessible(page)
    page.check("[data-check-all]")
    page.click("[data-needs-checked]")
    page.click("#sure button.danger")
    expect(page.locator(".flash.success")).to_contain_text("1 upload was aborted")
    expect(page.locator("#unfinished")).to_contain_text("Every upload has ended")
    operator.problems[:] = [each for each in operator.problems if "ERR_EMPTY_RESPONSE" not in each]


def test_who_may_not_write_is_told_and_sends_nothing(stage, visit, store, bucket):  # noqa: F811
    viewer = visit(stage.people.viewer)
    viewer.go(base(store, bucket) + "upload/")
    expect(viewer.page.locator("main")).to_contain_text("s3.object.write")
    assert viewer.page.locator("input[type=file]").count() == 0
    viewer.go(base(store, bucket))
    expect(viewer.page.get_by_role("button", name="Upload")).to_have_attribute("aria-disabled", "true")

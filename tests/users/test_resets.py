"""Forgotten passwords: a link of the panel's own origin, for one use, and nothing that tells who is here."""

import json
import re
import time

import pytest
import redis as library
from django.contrib.auth.hashers import make_password
from django.test import Client

from apps.audit.models import AuditEvent
from apps.tenancy import resets, tasks
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import safe_next
from apps.users import throttle
from apps.users.models import User
from tests.people import PASSWORD

NEW = "a whole new battery of staples"


@pytest.fixture(autouse=True)
def _mail(people, settings, empty_queues):
    settings.EMAIL_OFFERED = True
    settings.PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("MD5", "PBKDF2")]
    User.objects.filter(pk__in=[one.user.pk for one in people.all]).update(password=make_password(PASSWORD))


def ask(email: str, **headers):
    return Client().post("/password/forgot/", {"email": email}, **headers)


def queued(redis: str) -> list[str]:
    return [one.decode() for one in library.Redis.from_url(redis).lrange("operations", 0, -1)]


def work(redis: str) -> None:
    """What the worker would do."""
    from base64 import b64decode

    for one in queued(redis):
        args, _kwargs, _more = json.loads(b64decode(json.loads(one)["body"]))
        tasks.send_reset(*args)
    library.Redis.from_url(redis).delete("operations")


def code(mailoutbox) -> str:
    return re.search(r"#(\S+)", mailoutbox[-1].body)[1]


def choose(text: str, new: str = NEW):
    return Client().post("/password/new/", {"code": text, "new": new})


def signs_in(person, password: str) -> bool:
    return Client().post("/sign-in/", {"email": person.email, "password": password}).status_code == 302


def test_a_link_sets_a_password_once(people, redis, mailoutbox):
    before = Client()
    before.post("/sign-in/", {"email": people.viewer.email, "password": PASSWORD})
    ask(people.viewer.email)
    work(redis)
    assert mailoutbox[0].to == [people.viewer.email]
    assert choose(code(mailoutbox), "12345").status_code == 422, "a weak one is refused, and the link is still good"
    assert choose(code(mailoutbox)).status_code == 302
    assert choose(code(mailoutbox), "another battery of staples").status_code == 422
    assert before.get("/profile/").status_code == 302, "the sessions of before are over"
    assert signs_in(people.viewer, NEW)
    assert not signs_in(people.viewer, PASSWORD)
    assert Client().get("/api/v1/me/", headers=people.viewer.bearer).status_code == 200
    with tenant_tx(people.tenant_id):
        rows = AuditEvent.objects.filter(act=resets.ACT, who_id=str(people.viewer.user.pk)).order_by("id")
        assert [(one.result, one.who_address) for one in rows] == [("intent", "127.0.0.1"), ("ok", "127.0.0.1")]
        assert code(mailoutbox) not in str(list(rows.values()))


def test_the_answer_and_the_queue_are_the_same_for_anybody(people, redis, mailoutbox):
    User.objects.filter(pk=people.auditor.user.pk).update(is_active=False)
    told = {
        re.sub(r'value="[^"]+"', "", ask(email).content.decode())
        for email in (people.viewer.email, f"nobody-{people.viewer.email}", people.auditor.email)
    }
    assert len(told) == 1
    assert len({len(one) for one in queued(redis)}) == 1
    work(redis)
    assert [one.to for one in mailoutbox] == [[people.viewer.email]]


@pytest.mark.parametrize(
    "headers", [{"host": "localhost"}, {"host": "localhost:1234", "X-Forwarded-Host": "evil.example"}]
)
def test_the_link_is_of_the_panels_origin(people, redis, mailoutbox, settings, headers):
    assert ask(people.viewer.email, headers=headers).status_code == 200
    work(redis)
    addresses = re.findall(r"https?://\S+", mailoutbox[0].body)
    assert len(addresses) == 1
    assert addresses[0].startswith(f"{settings.NORTHGATE_ORIGIN}/password/new/#")


def test_another_host_is_refused(people, redis, mailoutbox):
    assert ask(people.viewer.email, headers={"host": "evil.example"}).status_code == 400
    assert queued(redis) == []


def test_no_secret_is_in_the_queue(people, redis, mailoutbox):
    ask(people.viewer.email)
    messages = " ".join(queued(redis))
    work(redis)
    assert code(mailoutbox) not in messages
    assert people.viewer.email not in messages


def test_a_link_expires(people, redis, mailoutbox, settings):
    ask(people.viewer.email)
    work(redis)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert choose(code(mailoutbox)).status_code == 422


def test_a_sign_in_makes_a_link_worthless(people, redis, mailoutbox):
    ask(people.viewer.email)
    work(redis)
    assert signs_in(people.viewer, PASSWORD)
    assert choose(code(mailoutbox)).status_code == 422


def test_nobody_elses_code(people, redis, mailoutbox):
    ask(people.viewer.email)
    work(redis)
    token = code(mailoutbox).partition(".")[2]
    for wrong in (
        f"{people.owner.user.pk.hex}.{token}",
        f"{people.viewer.user.pk.hex}.",
        "x",
        "é.é",
        "0" * 32 + ".a-b",
    ):
        assert choose(wrong).status_code == 422
    assert signs_in(people.owner, PASSWORD)


def test_asking_is_throttled_without_a_word(people, redis, mailoutbox):
    answers = {
        re.sub(r'value="[^"]+"', "", ask(people.viewer.email).content.decode()) for _ in range(throttle.FREE + 3)
    }
    assert len(answers) == 1
    work(redis)
    assert len(mailoutbox) == throttle.FREE
    assert signs_in(people.viewer, PASSWORD), "who asks for messages keeps nobody from signing in"


def test_a_new_password_does_not_pass_by_the_second_factor(people, redis, mailoutbox):
    from apps.users import factors

    session: dict = {}
    secret = factors.offer_app(session, people.viewer.user).secret
    from allauth.mfa.totp.internal import auth as totp

    shown = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    assert factors.accept_app(session, people.viewer.user, shown)
    ask(people.viewer.email)
    work(redis)
    choose(code(mailoutbox))
    client = Client()
    answer = client.post("/sign-in/", {"email": people.viewer.email, "password": NEW})
    assert answer["Location"].startswith("/sign-in/second/")
    assert client.get("/profile/").status_code == 302


def test_without_mail_nothing_is_offered(people, settings):
    settings.EMAIL_OFFERED = False
    assert ask(people.viewer.email).status_code == 404
    assert "/password/forgot/" not in Client().get("/sign-in/").content.decode()


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/..",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "http:///evil.example",
    "//evil.example@panel",
    "//127.0.0.1@evil.example",
    "//[::1]",
    "//2130706433",
    "//0x7f.1",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "evil.example",
    "?next=x",
    "",
    "\u2028//evil.example",
    "／／evil.example",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_the_way_on_stays_here_in_every_notation(address):
    assert safe_next(address) == "/"


@pytest.mark.parametrize(
    "address", ["/%2f%2fevil.example", "/a//b", "/a?next=//evil.example", "/a#//evil.example", "/@x"]
)
def test_paths_of_this_site_are_kept(address):
    assert safe_next(address) == address

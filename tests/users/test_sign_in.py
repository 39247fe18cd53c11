import logging
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from apps.users import devices, sign_in, throttle
from apps.users.models import Attempt, User
from tests.people import PASSWORD, make_user


@pytest.fixture
def user(panel_env):
    return make_user("ada")


@pytest.fixture
def ada(panel_env, settings):
    """A person under a cheap hash: for the tests that are about counting."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = make_user("ada")
    user.set_password(PASSWORD)
    user.save()
    return user


def fail(email: str, times: int) -> None:
    for _ in range(times):
        assert sign_in.authenticate(email, "wrong").user is None


def let_pass(email: str) -> None:
    """As if the wait were over."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users_attempt SET blocked_until = now() WHERE key = %s", [throttle.key(email)])


def test_the_right_password_in_any_case_of_the_address(user):
    assert sign_in.authenticate(f"  {user.email.upper()} ", PASSWORD).user == user


def test_wrong_unknown_and_inactive_get_the_same_words(ada):
    gone = make_user("gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    answers = [
        sign_in.authenticate(ada.email, "wrong"),
        sign_in.authenticate("nobody@example.com" + secrets.token_hex(4), PASSWORD),
        sign_in.authenticate(gone.email, PASSWORD),
    ]
    assert not any(answer.ok for answer in answers)
    assert len({answer.problem for answer in answers}) == 1


def test_unknown_takes_as_long_as_wrong(user):
    def seconds(email: str) -> float:
        start = time.perf_counter()
        sign_in.authenticate(email, "wrong")
        return time.perf_counter() - start

    pairs = [(seconds(user.email), seconds(f"no-{user.email}")) for _ in range(3)]  # the least: a stall proves nothing
    known, unknown = map(min, zip(*pairs, strict=True))
    assert unknown > known / 3


def test_five_failures_then_a_wait_that_doubles(ada):
    fail(ada.email, 5)
    blocked = sign_in.authenticate(ada.email, PASSWORD)
    assert not blocked.ok
    assert 1 <= blocked.wait <= throttle.FIRST_WAIT
    let_pass(ada.email)
    fail(ada.email, 1)
    assert throttle.FIRST_WAIT < sign_in.authenticate(ada.email, PASSWORD).wait <= 2 * throttle.FIRST_WAIT


def test_waits_have_an_end(ada):
    fail(ada.email, 5)
    Attempt.objects.filter(key=throttle.key(ada.email)).update(failures=4000)
    let_pass(ada.email)
    fail(ada.email, 1)
    assert sign_in.authenticate(ada.email, PASSWORD).wait <= throttle.LONGEST_WAIT


def test_attempts_while_waiting_do_not_prolong_the_wait(ada):
    fail(ada.email, 5)
    before = Attempt.objects.get(key=throttle.key(ada.email))
    fail(ada.email, 3)
    after = Attempt.objects.get(key=throttle.key(ada.email))
    assert (after.failures, after.blocked_until) == (before.failures, before.blocked_until)


def test_a_good_sign_in_forgets_the_failures(ada):
    fail(ada.email, 4)
    assert sign_in.authenticate(ada.email, PASSWORD).ok
    fail(ada.email, 4)
    assert sign_in.authenticate(ada.email, PASSWORD).ok


def test_strangers_attempts_keep_nobody_out_of_a_known_browser(ada):
    """Whoever knows the address can fail as often as they like."""
    known = devices.make(ada)
    fail(ada.email, 50)
    assert sign_in.authenticate(ada.email, PASSWORD).wait > 0
    assert sign_in.authenticate(ada.email, PASSWORD, known).ok
    assert sign_in.authenticate(ada.email, PASSWORD).wait > 0, "the stranger's count goes on"


def test_a_known_browser_has_its_own_count(ada):
    """A stolen cookie gives five guesses, then the same waits."""
    known = devices.make(ada)
    for _ in range(throttle.FREE):
        assert not sign_in.authenticate(ada.email, "wrong", known).ok
    assert sign_in.authenticate(ada.email, PASSWORD, known).wait > 0
    assert sign_in.authenticate(ada.email, PASSWORD).ok


@pytest.mark.parametrize("cookie", ["", "x", "a:b:c", "other", "old", "\x00"])
def test_a_browser_of_others_is_unknown(ada, cookie, monkeypatch):
    if cookie == "other":
        cookie = devices.make(make_user("other"))
    elif cookie == "old":
        cookie = devices.make(ada)
        monkeypatch.setattr(devices, "LASTS", -1)
    fail(ada.email, 5)
    assert sign_in.authenticate(ada.email, PASSWORD, cookie).wait > 0


def test_an_unknown_address_is_throttled_like_a_known_one(ada):
    email = f"nobody-{secrets.token_hex(4)}@example.com"
    fail(email, 5)
    assert sign_in.authenticate(email, "x").wait > 0


def test_failures_of_yesterday_do_not_count(ada):
    fail(ada.email, 5)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE users_attempt SET at = now() - interval '25 hours', blocked_until = now() WHERE key = %s",
            [throttle.key(ada.email)],
        )
    fail(ada.email, 4)
    assert sign_in.authenticate(ada.email, PASSWORD).ok
    assert throttle.sweep() >= 0


def test_a_burst_of_parallel_guesses_gains_nothing(panel_env):
    email = f"burst-{secrets.token_hex(4)}@example.com"

    def claim(_: int) -> bool:
        try:
            return throttle.claim(email).go
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        went = sum(pool.map(claim, range(32)))
    assert went == throttle.FREE


def test_the_log_has_neither_address_nor_password(ada, caplog):
    email = f"secretive-{secrets.token_hex(4)}@example.com"
    with caplog.at_level(logging.DEBUG):
        sign_in.authenticate(email, "hunter2hunter2")
    assert "unknown address" in caplog.text
    assert email not in caplog.text
    assert "hunter2" not in caplog.text


def test_a_raised_work_factor_is_taken_over(user, settings):
    User.objects.filter(pk=user.pk).update(password="pbkdf2_sha256$1000$salt$" + _pbkdf2("salt", 1000))
    assert sign_in.authenticate(user.email, PASSWORD).ok
    user.refresh_from_db()
    assert not user.password.startswith("pbkdf2_sha256$1000$")


def _pbkdf2(salt: str, iterations: int) -> str:
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    return PBKDF2PasswordHasher().encode(PASSWORD, salt, iterations).rpartition("$")[2]


def test_an_overlong_password_is_not_hashed(user):
    assert not sign_in.authenticate(user.email, "x" * 5000).ok

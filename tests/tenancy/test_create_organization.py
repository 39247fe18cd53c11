"""The command that a fresh installation begins with."""

import io
import secrets

import pytest
from django.core.management import CommandError, call_command

from apps.tenancy import homes
from apps.users.models import User


@pytest.fixture
def typed(monkeypatch):
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


def test_a_new_owner_can_sign_in(panel_env, typed):
    mark = secrets.token_hex(4)
    typed("correct horse battery")
    call_command("create_organization", f"Acme {mark}", owner=f"Ada-{mark}@example.com", stdout=io.StringIO())
    user = User.objects.get(email=f"ada-{mark}@example.com")
    assert user.check_password("correct horse battery")
    assert [home.slug for home in homes.of(user.id)] == [f"acme-{mark}"]


def test_a_weak_password_makes_nothing(panel_env, typed):
    mark = secrets.token_hex(4)
    typed("12345678")
    with pytest.raises(CommandError, match="common"):
        call_command("create_organization", f"Acme {mark}", owner=f"bob-{mark}@example.com")
    assert not User.objects.filter(email=f"bob-{mark}@example.com").exists()


def test_a_taken_name_is_said(panel_env, typed, people):
    typed("correct horse battery")
    with pytest.raises(CommandError, match="already"):
        call_command(
            "create_organization", "Other", owner=f"eve-{secrets.token_hex(4)}@example.com", slug=people.tenant.slug
        )

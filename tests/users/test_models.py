import secrets

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.users.models import Theme, User


def test_addresses_are_lower_cased_and_unique_in_any_case(panel_env):
    mark = secrets.token_hex(4)
    user = User.objects.create_user(f" Ada-{mark}@Example.COM ", "x", name="Ada Lovelace")
    assert user.email == f"ada-{mark}@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(f"ADA-{mark}@example.com", "x", name="Other")


def test_a_person_starts_with_sensible_preferences(panel_env):
    user = User(email="a@example.com", name="Ada Lovelace")
    assert (user.theme, user.locale, user.timezone, user.is_active) == (Theme.AUTO, "", "UTC", True)
    assert user.get_short_name() == "Ada"


def test_an_address_and_a_real_time_zone_are_demanded(panel_env):
    with pytest.raises(ValueError, match="email"):
        User.objects.create_user("  ", "x")
    with pytest.raises(ValidationError) as problem:
        User(email="a@example.com", name="A", password="x", timezone="Mars/Olympus").full_clean()
    assert "timezone" in problem.value.message_dict

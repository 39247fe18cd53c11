import base64
import secrets
import uuid

import pytest
from django.core.management import call_command

from apps.cloud import seal
from apps.cloud.models import DataKey
from apps.cloud.seal import SealBroken, open_sealed
from apps.tenancy.context import tenant_tx

PLACE = ("cloud_account", "7", "secret")


def test_what_was_sealed_opens_in_its_place_only(people):
    sealed = seal.seal(people.tenant_id, *PLACE, b"hidden")

    assert b"hidden" not in sealed
    assert open_sealed(people.tenant_id, *PLACE, sealed) == b"hidden"
    for place in (("cloud_other", "7", "secret"), ("cloud_account", "8", "secret"), ("cloud_account", "7", "token")):
        with pytest.raises(SealBroken):
            open_sealed(people.tenant_id, *place, sealed)


def test_another_tenant_does_not_open_it(people):
    sealed = seal.seal(people.tenant_id, *PLACE, b"hidden")

    with pytest.raises(SealBroken):
        open_sealed(people.outsider.actor.tenant_id, *PLACE, sealed)


@pytest.mark.parametrize("at", [0, 1, 20, -1])
def test_an_altered_byte_does_not_open(people, at):
    sealed = bytearray(seal.seal(people.tenant_id, *PLACE, b"hidden"))
    sealed[at] ^= 1

    with pytest.raises(SealBroken):
        open_sealed(people.tenant_id, *PLACE, bytes(sealed))


def test_too_short_is_not_a_sealed_value(people):
    with pytest.raises(SealBroken):
        open_sealed(people.tenant_id, *PLACE, b"\x01short")


def test_the_same_secret_never_looks_the_same(people):
    assert seal.seal(people.tenant_id, *PLACE, b"x") != seal.seal(people.tenant_id, *PLACE, b"x")


def test_rotation_wraps_anew_and_old_values_open(people, settings):
    sealed = seal.seal(people.tenant_id, *PLACE, b"hidden")
    old, new = settings.NORTHGATE_KEY, base64.b64encode(secrets.token_bytes(32)).decode()
    settings.NORTHGATE_KEY, settings.NORTHGATE_KEY_OLD = new, [old]
    try:
        seal._data_key.cache_clear()
        assert open_sealed(people.tenant_id, *PLACE, sealed) == b"hidden"  # between the two, both open

        call_command("rotate_key", verbosity=0)
        seal._data_key.cache_clear()
        settings.NORTHGATE_KEY_OLD = []
        assert open_sealed(people.tenant_id, *PLACE, sealed) == b"hidden"
    finally:  # other tests' data keys were wrapped anew as well
        settings.NORTHGATE_KEY, settings.NORTHGATE_KEY_OLD = old, [new]
        call_command("rotate_key", verbosity=0)
        settings.NORTHGATE_KEY_OLD = []
        seal._data_key.cache_clear()
    assert open_sealed(people.tenant_id, *PLACE, sealed) == b"hidden"


def test_without_the_panels_key_nothing_opens(people, settings):
    sealed = seal.seal(people.tenant_id, *PLACE, b"hidden")
    settings.NORTHGATE_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
    seal._data_key.cache_clear()

    with pytest.raises(SealBroken):
        open_sealed(people.tenant_id, *PLACE, sealed)
    seal._data_key.cache_clear()


def test_a_data_key_copied_to_another_row_is_worthless(people):
    seal.seal(people.tenant_id, *PLACE, b"hidden")
    with tenant_tx(people.tenant_id):
        original = DataKey.objects.filter(tenant_id=people.tenant_id).first()
        copy = DataKey(tenant_id=people.tenant_id, id=uuid.uuid4(), wrapped=bytes(original.wrapped))

    with pytest.raises(SealBroken):
        seal.rewrap(copy)

"""The arithmetic of uploads: parts that hold any object, and checksums of parts that make one of the whole."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.cloud import multipart
from apps.cloud.multipart import GIB, LARGEST, MIB, MOST_PARTS, Part

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1, 16 * MIB),
        (16 * MIB * MOST_PARTS, 16 * MIB),
        (16 * MIB * MOST_PARTS + 1, 17 * MIB),
        (5 * 1024 * GIB, 525 * MIB),
        (LARGEST, multipart.LARGEST_PART),
    ],
)
def test_parts_grow_so_that_ten_thousand_hold_it(size, expected):
    found = multipart.part_size(size)
    assert found == expected
    assert -(-size // found) <= MOST_PARTS


@given(st.integers(1, LARGEST))
def test_every_size_fits_into_parts_that_are_allowed(size):
    found = multipart.part_size(size)
    assert multipart.LEAST_PART <= found <= multipart.LARGEST_PART
    assert -(-size // found) <= MOST_PARTS


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_the_whole_has_the_checksum_that_its_parts_make(pieces):
    parts = [Part(n, len(piece), "", multipart.crc32_of(piece)) for n, piece in enumerate(pieces, 1)]
    whole = zlib.crc32(b"".join(pieces)).to_bytes(4, "big")
    assert multipart.combined(parts) == base64.b64encode(whole).decode()

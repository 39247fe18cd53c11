"""What is shown of an object: nothing of it acts, whatever it says of itself."""

import gzip
import json

import pytest

from apps.objects import preview as room
from apps.objects.preview import preview

pytestmark = pytest.mark.pure


def of(body, key="x", size=None, **head):
    raw = body.encode() if isinstance(body, str) else body
    return preview(key, head, raw[: room.MOST], len(raw) if size is None else size)


def test_text_with_what_would_act_made_visible():
    found = of("a\tb\r\nc\x1b[2J\u202e")
    assert (found.sort, found.text, found.encoding, found.whole) == ("text", "a\tb\nc␛[2J⟨U+202E⟩", "UTF-8", True)


@pytest.mark.parametrize(
    ("body", "text", "encoding"),
    [
        ("\ufeffhé".encode(), "hé", "UTF-8"),
        ("hé".encode("utf-16"), "hé", "UTF-16"),
        (b"\xfe\xff\x00h\x00\xe9", "hé", "UTF-16"),
        (
            "こんにちは、世界。これは文字コードの試験です。".encode("shift_jis"),
            "こんにちは、世界。これは文字コードの試験です。",
            "CP932",
        ),
    ],
)
def test_the_encoding_is_found(body, text, encoding):
    found = of(body)
    assert (found.text, found.encoding) == (text, encoding)


def test_a_letter_cut_in_two_is_no_other_encoding():
    body = b"x" * (room.MOST - 1) + "é".encode() + b"tail"
    found = of(body)
    assert (found.sort, found.encoding, found.whole) == ("text", "UTF-8", False)
    assert set(found.text) == {"x"}


def test_json_keeps_what_was_written():
    text = '{"a":1.10,"b":123456789012345678901234567890,"c":[],"d":{"e":"x\\u003c, \\"y\\": [1]"},"a":[1,{}]}'
    found = of(text, "x.json")
    assert found.sort == "json"
    assert found.text.splitlines() == [
        "{",
        '  "a": 1.10,',
        '  "b": 123456789012345678901234567890,',
        '  "c": [],',
        '  "d": {',
        '    "e": "x\\u003c, \\"y\\": [1]"',
        "  },",
        '  "a": [',
        "    1,",
        "    {}",
        "  ]",
        "}",
    ]
    assert json.loads(found.text) == json.loads(text)
    assert of("{", "x.json").sort == "text"
    assert of('{"a": 1}', ContentType="application/vnd.api+json; charset=utf-8").sort == "json"
    assert of("[" * 100_000, "x.json").sort == "text"
    assert of("[" * 900 + "1," * 100_000 + "1" + "]" * 900, "x.json").sort == "text", "its indents would be many MB"
    assert of("9" * 5000, "x.json").text == "9" * 5000


def test_tables():
    found = of("name;age\n\"a;b\";3\n\n=cmd|' /C calc'!A0;\x07\n", "x.csv")
    assert found.sort == "table"
    assert found.rows == (("name", "age"), ("a;b", "3"), ("=cmd|' /C calc'!A0", "␇"))
    long = of("a\tb\n" * 500, "x.tsv")
    assert (len(long.rows), long.whole) == (room.ROWS, False)
    wide = of(",".join(map(str, range(500))) + "\n" + "x" * 2000 + "\n", ContentType="text/csv")
    assert len(wide.rows[0]) == room.COLUMNS
    assert len(wide.rows[1][0]) == room.CELL + 1
    cut = of("a,b\n" * 70_000, "x.csv")
    assert cut.rows[-1] == ("a", "b")
    assert of('"' + "x" * 200_000, "x.csv").sort == "text", "a field that is too long makes no table"
    assert of("", "x.csv").sort == "text"


@pytest.mark.parametrize(
    ("body", "type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a.", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
    ],
)
def test_pictures_are_told_by_their_bytes(body, type):
    found = of(body, "x.html", ContentType="text/html")
    assert (found.sort, found.type) == ("picture", type)


def test_what_calls_itself_a_picture_and_is_a_page_is_text():
    found = of("<script>alert(1)</script>", "x.png", ContentType="image/png")
    assert found.sort == "text"
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    assert of(svg, "x.svg").type == "image/svg+xml"
    assert of(svg, "x", ContentType="image/svg+xml").sort == "picture"
    assert of(svg, "x.html", ContentType="text/html").sort == "text"


def test_bytes_are_dumped():
    found = of(bytes(range(256)) * 4)
    assert (found.sort, found.whole) == ("binary", False)
    assert found.text.splitlines()[4] == (
        "00000040  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|"
    )
    assert len(found.text.splitlines()) == 32


def test_what_was_packed_is_unpacked_and_no_further_than_the_limit():
    found = of(gzip.compress(b'{"a":1}'), "x.json", ContentEncoding="gzip")
    assert (found.sort, found.packed, found.whole) == ("json", True, True)
    bomb = of(gzip.compress(b"a" * 50_000_000), ContentEncoding="gzip")
    assert (len(bomb.text), bomb.whole) == (room.MOST, False)
    assert of(b"no gzip", ContentEncoding="gzip").text == "no gzip"

"""Keys as people see them and as files are called: whatever a key holds, nothing of it acts."""

import re
from email.message import Message
from urllib.parse import unquote

import pytest

from apps.objects import names
from apps.objects.names import Ref
from tests.buckets import KEYS

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("key", [*KEYS, "a@b", "a*", "a%40b", "a\r\nb", " "])
def test_a_reference_comes_back_as_it_went(key):
    for ref in (Ref(key), Ref(key, "v1.~x"), Ref(key, below=True)):
        text = str(ref)
        assert Ref.parse(text) == ref
        assert re.fullmatch(r"[\w./~%@*-]+", text, re.ASCII), "fit for an attribute, a form and a list by spaces"


@pytest.mark.parametrize("text", ["", "@v", "a*b", "%ff", "a*@v"])
def test_what_is_no_reference(text):
    with pytest.raises(ValueError):
        Ref.parse(text)


def test_everything_in_a_container_has_a_reference():
    assert Ref.parse("*") == Ref("", below=True)


def test_which_keys_there_can_be():
    assert names.check("x" * 1024)
    for wrong in ("", "\0", "a\0b", "x" * 1025, "é" * 513, "\ud800"):
        with pytest.raises(ValueError):
            names.check(wrong)


@pytest.mark.parametrize(
    ("prefix", "labels"),
    [
        ("", []),
        ("a/b/", ["a/", "b/"]),
        ("a//b/", ["a/", "/", "b/"]),
        ("/", ["/"]),
        ("//", ["/", "/"]),
        ("a/b", ["a/", "b"]),
    ],
)
def test_the_steps_to_a_prefix(prefix, labels):
    found = names.steps(prefix)
    assert [label for label, _ in found] == labels
    assert "".join(labels) == prefix
    assert [at for _, at in found] == ["".join(labels[: n + 1]) for n in range(len(labels))]


@pytest.mark.parametrize(
    ("prefix", "above"), [("a/", ""), ("a/b/", "a/"), ("a/b", "a/"), ("a", ""), ("/", ""), ("", ""), ("/a/", "/")]
)
def test_what_a_prefix_lies_in(prefix, above):
    assert names.parent(prefix) == above


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("a/b/report.csv", "report.csv"),
        ("folder/", "folder"),
        ("../up.txt", "up.txt"),
        ("a/..", "__"),
        ("/", "download"),
        ("trailing.", "trailing_"),
        ("new\nline", "new_line"),
        ("rtl-\u202egnp.exe", "rtl-_gnp.exe"),
        ("<b>.html", "_b_.html"),
        ("C:\\x", "C__x"),
        ("שלום/עולם.txt", "עולם.txt"),
        ("k" * 1024, "k" * 200),
        ("k" * 300 + ".tar", "k" * 196 + ".tar"),
    ],
)
def test_what_the_file_is_called(key, name):
    assert names.file_name(key) == name


@pytest.mark.parametrize("key", KEYS)
def test_the_header_that_saves_it(key):
    text = names.disposition(key)
    assert text.isascii()
    assert "\n" not in text
    message = Message()
    message["Content-Disposition"] = text
    assert message.get_content_disposition() == "attachment"
    encoded = re.search(r"filename\*=UTF-8''(\S+)$", text)
    assert unquote(encoded[1], errors="strict") == names.file_name(key)


def test_paths_in_an_archive():
    keys = ["p/a.txt", "p/../../etc/passwd", "p//a.txt", "p/A.txt", "p/./x", "p/", "p/C:\\x", "p/..", "p/d/", "p/dot."]
    found = names.archived(keys, "p/")
    assert found == [
        "a.txt",
        "etc/passwd",
        "a (2).txt",
        "A (3).txt",
        "x",
        "download",
        "C__x",
        "download (2)",
        "d",
        "dot_",
    ]
    for path in names.archived(KEYS):
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(path.split("/"))
    assert len(set(names.archived(["same"] * 50))) == 50


def test_nothing_in_a_name_acts():
    assert names.one_line("a\n\t\x1b[31m\u202eb\x7f\x85") == "a␊␉␛[31m⟨U+202E⟩b␡⟨U+0085⟩"
    assert names.visible("a\n\tb") == "a\n\tb"
    assert names.leaf("folder/", "folder/") == "folder/"

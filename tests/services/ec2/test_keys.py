"""Key pairs: public keys in every form that people have, what is refused, and the calls on the real protocol."""

import base64
import textwrap

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from django.http import QueryDict

from apps.catalog import checks, forms, registry
from apps.catalog.forms import json_errors
from apps.console import posted
from apps.operations import run as running
from apps.services.ec2 import key_public, key_wizards
from apps.tenancy.access import Denied
from tests.services.ec2.doing import done, prepared, refused, small, submitted, world  # noqa: F401  fixtures

KIND = "ec2.key-pair"
ENCODING, FORMAT = serialization.Encoding, serialization.PublicFormat
ED, RSA = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 1024)
LINES = {key: key.public_key().public_bytes(ENCODING.OpenSSH, FORMAT.OpenSSH).decode() for key in (ED, RSA)}


def ssh2(key, comment="me@home"):
    body = "\n".join(textwrap.wrap(LINES[key].split()[1], 70))
    headers = f'Comment: "{comment}"\nx-long: one\\\n two'
    return f"---- BEGIN SSH2 PUBLIC KEY ----\r\n{headers}\n{body}\n---- END SSH2 PUBLIC KEY ----\n"


def written(key, encoding, format):
    made = key.public_key().public_bytes(encoding, format)
    return base64.encodebytes(made).decode() if encoding is ENCODING.DER else made.decode()


@pytest.mark.pure
@pytest.mark.parametrize("key", [ED, RSA], ids=["ed25519", "rsa"])
def test_a_public_key_is_read_in_each_form(key):
    texts = [
        f"\ufeff# mine\n{LINES[key]} me@home\n",
        ssh2(key),
        written(key, ENCODING.PEM, FORMAT.SubjectPublicKeyInfo),
        written(key, ENCODING.DER, FORMAT.SubjectPublicKeyInfo),
    ] + ([written(key, ENCODING.PEM, FORMAT.PKCS1)] if key is RSA else [])
    found = [key_public.read(text) for text in texts]
    assert {one.line.removesuffix(" me@home") for one in found} == {LINES[key]}
    assert [one.line.endswith("me@home") for one in found[:2]] == [True, True]
    assert {one.kind for one in found} == {"rsa" if key is RSA else "ed25519"}


def _pem(key):
    return key.private_bytes(ENCODING.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def _line(key):
    return key.public_key().public_bytes(ENCODING.OpenSSH, FORMAT.OpenSSH).decode()


SHORT = (
    "ssh-rsa "
    + base64.b64encode(b"\0\0\0\7ssh-rsa\0\0\0\3\1\0\1" + (65).to_bytes(4) + b"\0" + b"\xc1" * 63 + b"\xc3").decode()
)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_pem(ED), "private key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519", "private key"),
        (_line(ec.generate_private_key(ec.SECP256R1())), "another sort"),
        (written(dsa.generate_private_key(1024), ENCODING.PEM, FORMAT.SubjectPublicKeyInfo), "another sort"),
        (SHORT, "at least 1024 bits, not 512"),
        (f"{LINES[ED]}\n{LINES[RSA]}", "these are 2 lines"),
        ("from=10.0.0.1 " + LINES[ED], "no public key"),
        (LINES[ED][:-9], "no public key"),
        ("ssh-ed25519", "no public key"),
        ("hello", "no public key"),
        ("", "no public key"),
        ("ключ", "ASCII"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA*\n---- END SSH2 PUBLIC KEY ----", "no public key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key"),
    ],
    ids=lambda value: "",  # some are made anew by each process
)
def test_what_is_no_key_that_aws_takes_is_refused(text, said):
    with pytest.raises(key_public.Wrong, match=said):
        key_public.read(text)


@pytest.mark.pure
def test_a_private_key_that_was_pasted_by_mistake_is_not_kept_in_a_draft():
    data = QueryDict(mutable=True)
    data.update({"name": "laptop", "public_key": _pem(RSA)})
    kept, _at = posted.from_draft(posted.to_draft(data, key_wizards.ImportForm, "a", "eu-west-1"))
    assert dict(kept.items()) == {"name": "laptop"}


@pytest.mark.pure
@pytest.mark.parametrize(
    ("verb", "values", "field", "said"),
    [
        ("create", {"name": ""}, "name", "required"),
        ("create", {"name": "x" * 256}, "name", "255"),
        ("create", {"name": "schlüssel"}, "name", "Only ASCII"),
        ("create", {"name": "ops"}, "name", "of the name ops already"),
        ("create", {"name": "a", "type": "dsa"}, "type", "dsa"),
        ("import", {"name": "ops", "public_key": LINES[ED]}, "name", "already"),
        ("import", {"name": "a", "public_key": "hello"}, "public_key", "no public key"),
        ("import", {"name": "a", "tags": [{"key": "aws:a", "value": ""}]}, "tags[0].key", "reserved"),
    ],
)
def test_a_wizard_refuses_beside_the_field(verb, values, field, said):
    form = forms.bind(registry.action(f"{KIND}.{verb}").form, values, scope=checks.ExampleScope())
    assert said in " ".join(json_errors(form)[field])


def pair(world, name):  # noqa: F811
    found = world.aws.describe_key_pairs(IncludePublicKey=True)["KeyPairs"]
    return next((one for one in found if one["KeyName"] == name), None)


@pytest.mark.parametrize(
    ("kind", "format", "begins"),
    [
        ("ed25519", "pem", "-----BEGIN OPENSSH PRIVATE KEY-----"),
        ("rsa", "pem", "-----BEGIN RSA PRIVATE KEY-----"),
        ("rsa", "ppk", "PuTTY-User-Key-File-3: ssh-rsa"),
    ],
)
def test_a_key_pair_is_made_and_its_private_half_shown_once(world, kind, format, begins):  # noqa: F811
    name = f"made-{world.mark}"
    values = {"name": name, "type": kind, "format": format, "tags": [{"key": "owner", "value": "ops"}]}
    shown = prepared(world, f"{KIND}.create", None, values).reveal
    assert shown["private_key"].startswith(begins)
    assert shown["filename"] == f"{name}.{format}"
    ended = done(world, f"{KIND}.create", None, values)
    assert "PRIVATE" not in str(ended.plan), "what is stored has the public half alone"
    made = pair(world, name)
    assert made["KeyType"] == kind
    assert {"Key": "owner", "Value": "ops"} in made["Tags"]
    done(world, f"{KIND}.tag", [name], {"tags": [{"key": "team", "value": "a"}], "replace": True})
    assert {"Key": "team", "Value": "a"} in pair(world, name)["Tags"], "by the pair's id, not its name"
    assert "already" in refused(world, f"{KIND}.create", None, values)["name"]
    done(world, f"{KIND}.delete", [name])
    assert pair(world, name) is None


def test_a_public_key_is_imported_with_the_fingerprint_that_was_said(world):  # noqa: F811
    for n, key in enumerate((ED, RSA)):
        values = {"name": f"mine-{n}-{world.mark}", "public_key": ssh2(key)}
        asked = prepared(world, f"{KIND}.import", None, values)
        said = " ".join(map(str, asked.action.means(asked.scope, asked.form.cleaned_data)))
        done(world, f"{KIND}.import", None, values)
        made = pair(world, values["name"])
        if key is RSA:  # the emulator shows another digest of ED25519 keys than AWS
            assert made["KeyFingerprint"] in said
        assert made["PublicKey"].split()[:2] == LINES[key].split()


def test_a_lost_answer_makes_one_key(world, proxy, monkeypatch):  # noqa: F811
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    name = f"once-{world.mark}"
    asked = submitted(world, f"{KIND}.create", None, {"name": name})
    proxy.rule("ImportKeyPair", lose=True)
    assert world.run(asked).state == "succeeded"
    assert proxy.calls["ImportKeyPair"] == 1
    assert pair(world, name)


def test_who_was_launched_with_it_is_said_and_a_viewer_deletes_nothing(world):  # noqa: F811
    name = f"used-{world.mark}"
    world.aws.import_key_pair(KeyName=name, PublicKeyMaterial=LINES[ED].encode())
    image = world.aws.describe_images()["Images"][0]["ImageId"]
    made = world.aws.run_instances(ImageId=image, MinCount=1, MaxCount=1, KeyName=name)["Instances"][0]
    world.sync(KIND, "ec2.instance")
    asked = prepared(world, f"{KIND}.delete", [name])
    said = list(asked.action.means(asked.items[0], asked.form.cleaned_data))
    assert made["InstanceId"] in said[0]
    with pytest.raises(Denied):
        submitted(world, f"{KIND}.delete", [name], person=world.people.viewer)
    with pytest.raises(LookupError):
        prepared(world, f"{KIND}.delete", [name], person=world.people.outsider)
    done(world, f"{KIND}.delete", [name])

"""Key pairs as a person makes them: the private key is shown this once, and a pasted public key is read before it is
sent."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from playwright.sync_api import expect

OPENSSH = serialization.PublicFormat.OpenSSH


def known(shelf, name):
    return shelf.aws.describe_key_pairs(KeyNames=[name])["KeyPairs"][0]


def test_a_key_pair_is_made_and_shown_once(shelf):
    page, name = shelf.page, f"laptop-{shelf.mark}"
    shelf.wizard("/ec2/key-pairs/create/create/")
    shelf.field("name").fill("schlüssel")
    shelf.field("type").select_option("rsa")
    shelf.refuse("Name: Only ASCII characters are allowed in the name of a key pair, not in schlüssel.")
    expect(shelf.field("type")).to_have_value("rsa")
    expect(shelf.field("name")).to_have_value("schlüssel")
    shelf.sound()
    shelf.field("name").fill(name)
    expect(page.locator("#summary")).to_contain_text("adds nothing to the bill")
    page.locator("#submit").click()
    expect(page.get_by_role("heading", name="Save the private key now")).to_be_visible()
    assert page.locator("#secret").inner_text().startswith("-----BEGIN RSA PRIVATE KEY-----")
    expect(page.get_by_role("button", name=f"Download {name}.pem")).to_be_visible()
    shelf.sound()
    ended = shelf.carry_out("ec2.key-pair.create")
    page.goto(f"{page.site}/operations/{ended.id}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    assert "PRIVATE KEY" not in page.content()
    assert known(shelf, name)["KeyType"] == "rsa"


def test_a_public_key_is_imported_and_a_private_one_refused(shelf):
    page, name, private = shelf.page, f"home-{shelf.mark}", ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    ).decode()
    public = private.public_key().public_bytes(serialization.Encoding.OpenSSH, OPENSSH).decode()
    shelf.wizard("/ec2/key-pairs/create/import/")
    shelf.field("name").fill(name)
    shelf.field("public_key").fill(pem)
    shelf.refuse("Public key", "private key")
    expect(shelf.field("name")).to_have_value(name)
    expect(page.locator("#summary")).not_to_contain_text("fingerprint")  # which would be the example's
    shelf.field("public_key").fill(public)
    expect(page.locator("#summary")).to_contain_text("AWS will show the fingerprint")
    expect(page.locator("#summary")).to_contain_text("Windows instances don't take ED25519 keys.")
    shelf.sound()
    shelf.submit("ec2.key-pair.import")
    assert known(shelf, name)["KeyType"] == "ed25519"

"""The ways into an instance: the lines to type, and what each needs, as far as the panel knows."""

import shlex
from collections.abc import Iterator

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Around, Sheet, Shown
from apps.catalog.items import Item
from apps.catalog.text import Text
from apps.services.ec2 import doors
from apps.services.ec2.instances import instance

CONNECT = Sheet("connect", _("Connect"), rank=5)
SSH, RDP = 22, 3389
OK, WARN, BAD, UNKNOWN = "ok", "warn", "bad", ""

Check = tuple[str, Text]


def line(*words: str) -> str:
    return shlex.join(words)


@instance.card(
    CONNECT,
    _("SSH client"),
    around=True,
    rank=10,
    help=_("From your own computer, with the private key of the instance's key pair."),
)
def ssh(item: Item, around: Around) -> Shown:
    if doors.is_windows(item):
        return _rdp(item, around)
    image = around.scope.get("ec2.image", str(item.attrs.get("ImageId") or ""))
    known = doors.user_of(item, image)
    user, address, key = known or doors.GUESS, doors.address_of(item), item.attrs.get("KeyName")
    checks = [_running(item), _addressed(address), _key(key), _let_in(item, around, SSH, address)]
    if known:
        said = _now("The user is %(user)s: that is how the image %(image)s is made.")
        checks.append((OK, said % {"user": user, "image": image.title if image else "–"}))
    else:
        said = _now("The image does not tell its user. If %(user)s is refused, others are: %(others)s.")
        others = ", ".join(each for each in doors.OTHERS if each != user)
        checks.append((UNKNOWN, said % {"user": user, "others": others}))
    if not address.text:
        return Shown(checks=checks)
    file = ["-i", f"{key}.pem"] if key else []
    return Shown(
        facts=[(_now("User"), user), (_now("Address"), address.text), (_now("Key pair"), key)],
        commands=[(_now("In a terminal"), line("ssh", *file, f"{user}@{address.text}"))],
        checks=checks,
    )


def _rdp(item: Item, around: Around) -> Shown:
    address, key = doors.address_of(item), str(item.attrs.get("KeyName") or "")
    commands = []
    if address.text:
        name = f"[{address.text}]" if address.sort == "ipv6" else address.text
        commands.append((_now("Remote Desktop, on Windows"), f"mstsc /v:{name}"))
    if key:
        get = ("aws", "ec2", "get-password-data", "--region", item.region, "--instance-id", item.id)
        decrypt = ("--priv-launch-key", f"{key}.pem", "--query", "PasswordData", "--output", "text")
        commands.append((_now("The administrator's first password"), line(*get, *decrypt)))
    return Shown(
        words=[_now("This is Windows: it is reached by Remote Desktop (RDP), not by SSH.")],
        tone="idle",
        facts=[(_now("User"), "Administrator"), (_now("Address"), address.text), (_now("Key pair"), key)],
        commands=commands,
        checks=[_running(item), _addressed(address), _key(key), _let_in(item, around, RDP, address)],
    )


@instance.card(
    CONNECT,
    "EC2 Instance Connect",
    around=True,
    rank=20,
    help=_("AWS puts a key onto the instance for 60 seconds: nobody has to keep one. It needs AWS CLI 2."),
)
def instance_connect(item: Item, around: Around) -> Shown:
    if doors.is_windows(item):
        return Shown(words=[_now("Not for Windows.")], tone="idle")
    image = around.scope.get("ec2.image", str(item.attrs.get("ImageId") or ""))
    user, address = doors.user_of(item, image) or doors.GUESS, doors.address_of(item)
    call = ("aws", "ec2-instance-connect", "ssh", "--region", item.region, "--instance-id", item.id, "--os-user", user)
    if address.sort in ("public", "ipv6"):
        checks = [_running(item), _addressed(address), _let_in(item, around, SSH, address)]
        by: tuple[str, ...] = ("--connection-type", "direct")
    else:
        said = _now(
            "Without a public address it goes through an EC2 Instance Connect Endpoint in the VPC. Whether there is"
            " one, the panel has not read."
        )
        checks = [_running(item), (UNKNOWN, said)]
        by = ("--connection-type", "eice")
    agent = _now(
        "Amazon Linux and Ubuntu have its agent; elsewhere the package ec2-instance-connect must be installed."
    )
    may = _now("Your AWS user needs ec2-instance-connect:SendSSHPublicKey on this instance.")
    return Shown(
        commands=[(_now("In a terminal"), line(*call, *by))], checks=[*checks, (UNKNOWN, agent), (UNKNOWN, may)]
    )


@instance.card(
    CONNECT,
    "Session Manager",
    rank=30,
    help=_("Through AWS Systems Manager: no open port, no key, no public address. It needs the CLI's plugin for it."),
)
def session_manager(item: Item) -> Shown:
    arn = str((item.attrs.get("IamInstanceProfile") or {}).get("Arn") or "")
    checks: list[Check] = [_running(item)]
    if arn:
        said = _now(
            "The instance has the profile %(profile)s. Whether its role has AmazonSSMManagedInstanceCore, the panel has"
            " not read."
        )
        checks.append((UNKNOWN, said % {"profile": arn.rpartition("/")[2]}))
    else:
        said = _now(
            "It has no instance profile: it works only where the account's default host management gives it a role."
        )
        checks.append((WARN, said))
    checks += [(UNKNOWN, text) for text in _agent()]
    call = ("aws", "ssm", "start-session", "--region", item.region, "--target", item.id)
    return Shown(commands=[(_now("In a terminal"), line(*call))], checks=checks)


def _agent() -> Iterator[str]:
    yield _now("The SSM Agent must run on it. Images of Amazon Linux, Ubuntu and Windows by AWS have it.")
    yield _now("The instance must reach Systems Manager by HTTPS: over the internet, or by VPC endpoints.")


def _running(item: Item) -> Check:
    if item.state == "running":
        return OK, _now("The instance is running.")
    return BAD, _now("The instance is %(state)s: it must be running.") % {"state": item.state}


def _addressed(address: doors.Address) -> Check:
    match address.sort:
        case "public":
            return OK, _now("It has a public address.")
        case "ipv6":
            return WARN, _now("It has no public IPv4 address: this is IPv6, which your network must have too.")
        case "private":
            return WARN, _now(
                "It has no public address: this private one is reached only from its VPC, or through a VPN, a peering"
                " or another instance."
            )
    return BAD, _now("It has no address now.")


def _key(name: str | None) -> Check:
    if name:
        said = _now("The file is the private key of %(key)s, wherever you keep it. AWS and the panel do not have it.")
        return UNKNOWN, said % {"key": name}
    return WARN, _now("It was launched without a key pair: only a key that somebody put there since gets in.")


def _let_in(item: Item, around: Around, port: int, address: doors.Address) -> Check:
    found, from_where = doors.entry(item, around.scope, port, around.address, address), around.address or "–"
    said = {
        "port": port,
        "address": from_where,
        "sources": ", ".join(found.sources),
        "groups": ", ".join(found.unknown),
    }
    if found.lets_in:
        return OK, _now("Its security groups let port %(port)d in from your address (%(address)s).") % said
    if found.lets_in is False:
        if not found.sources:
            return BAD, _now("No rule of its security groups lets port %(port)d in.") % said
        text = _now("Its security groups let port %(port)d in from %(sources)s, not from your address (%(address)s).")
        return BAD, text % said
    if found.unknown and not found.sources:
        return UNKNOWN, _now("Whether port %(port)d is open is not known: the panel does not see %(groups)s.") % said
    text = _now(
        "Its security groups let port %(port)d in from %(sources)s. Whether that is you can't be told: the panel sees"
        " you at %(address)s."
    )
    return UNKNOWN, text % said

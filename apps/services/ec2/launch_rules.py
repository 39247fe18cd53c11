"""The rules of the launch form that span several fields."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item


def check_placement(form: Any, values: dict[str, Any]) -> None:
    """Image, type, subnet, groups and volumes must fit each other, as far as the panel knows them."""
    image = form.found("ec2.image", values.get("image"))
    size = form.found("ec2.instance-type", values.get("type"))
    subnet = form.found("ec2.subnet", values.get("subnet"))
    _check_architecture(form, image, size)
    _check_root(form, image, values)
    _check_network(form, subnet, values)
    _check_devices(form, image, values)
    if values.get("hibernation") and not values.get("root_encrypted"):
        form.add_error("hibernation", _("Hibernation needs an encrypted root volume."))
    if values.get("credits") and values.get("type") and not str(values["type"]).startswith("t"):
        form.add_error("credits", _("Only T types have CPU credits; %(type)s has none.") % {"type": values["type"]})


def _check_architecture(form: Any, image: Item | None, size: Item | None) -> None:
    needs = image.attrs.get("Architecture") if image else None
    offers = (size.attrs.get("ProcessorInfo") or {}).get("SupportedArchitectures") if size else None
    if size and needs and offers and needs not in offers:
        form.add_error(
            "type",
            _("%(type)s runs %(offers)s; the image is %(needs)s.")
            % {"type": size.id, "offers": ", ".join(offers), "needs": needs},
        )


def root_mapping(image: Item | None) -> tuple[str, dict[str, Any]]:
    """The image's root device and what it says of its volume; `/dev/xvda` and nothing when the image is unknown."""
    if image is None:
        return "/dev/xvda", {}
    device = str(image.attrs.get("RootDeviceName") or "/dev/xvda")
    for mapping in image.attrs.get("BlockDeviceMappings") or ():
        if mapping.get("DeviceName") == device:
            return device, dict(mapping.get("Ebs") or {})
    return device, {}


def _check_root(form: Any, image: Item | None, values: dict[str, Any]) -> None:
    least = root_mapping(image)[1].get("VolumeSize") or 0
    size = values.get("root_size")
    if size and size < least:
        form.add_error(
            "root_size", _("The image needs at least %(least)d GiB, not %(size)d.") % {"least": least, "size": size}
        )


def _check_network(form: Any, subnet: Item | None, values: dict[str, Any]) -> None:
    vpc = values.get("vpc")
    if subnet and vpc and subnet.attrs.get("VpcId") != vpc:
        form.add_error("subnet", _("%(subnet)s is not in %(vpc)s.") % {"subnet": subnet.title, "vpc": vpc})
    network = vpc or (subnet.attrs.get("VpcId") if subnet else None)
    for group in [form.found("ec2.security-group", id) for id in values.get("groups") or ()]:
        if group and network and group.attrs.get("VpcId") != network:
            form.add_error("groups", _("%(group)s is not in %(vpc)s.") % {"group": group.title, "vpc": network})
    interfaces = values.get("interfaces") or []
    if not interfaces:
        return
    if subnet is None:
        form.add_error("subnet", _("Choose the subnet of the first network interface when there are more."))
    elif values.get("public_ip") == "yes":
        form.add_error(
            "public_ip", _("AWS assigns no public IPv4 address to an instance with several network interfaces.")
        )
    for row in interfaces:
        other = form.found("ec2.subnet", row["subnet"])
        if subnet and other and other.zone != subnet.zone:
            form.add_error(
                "interfaces",
                _("%(other)s is in %(zone)s; all network interfaces must be in %(first)s.")
                % {"other": other.title, "zone": other.zone, "first": subnet.zone},
            )


def _check_devices(form: Any, image: Item | None, values: dict[str, Any]) -> None:
    seen = {root_mapping(image)[0]}
    for row in values.get("volumes") or ():
        if row["device"] in seen:
            form.add_error("volumes", _("The device name %(device)s is used twice.") % {"device": row["device"]})
        seen.add(row["device"])

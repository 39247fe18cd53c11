"""The form of the launch wizard: its fields, defaults and limits (Amazon EC2 API Reference, RunInstances)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref, Refs, Rows
from apps.catalog.items import Item
from apps.services.ec2.launch_rows import InterfaceForm, RuleForm, VolumeForm
from apps.services.ec2.launch_rules import check_placement
from apps.services.ec2.security_group_form import GROUP_TEXT
from apps.services.ec2.tags import check_unique, tag_rows
from apps.services.ec2.userdata import UserData
from apps.services.ec2.volume_types import VOLUME_CHOICES, check_volume


class LaunchForm(forms.Form):
    """What the launch wizard asks. The key pair is the only field without a default."""

    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    tags = tag_rows(tags=True, help_text=_("Applied to the instances, their volumes and network interfaces."))
    image = Ref("ec2.image", label=_("Image (AMI)"), picker="images")
    type = Ref("ec2.instance-type", label=_("Instance type"), initial="t3.micro", picker="types")

    access = forms.ChoiceField(
        label=_("Key pair"),
        choices=[("existing", _("Existing key pair")), ("new", _("New key pair")), ("none", _("No key pair"))],
        help_text=_(
            "Who holds the private key can sign in with SSH. "
            "Without one, only Session Manager or EC2 Instance Connect gets in."
        ),
        widget=forms.RadioSelect,
    )
    key_pair = Ref("ec2.key-pair", label=_("Existing key pair"), required=False)
    new_key_name = forms.CharField(
        label=_("Name of the new key pair"),
        max_length=255,
        required=False,
        validators=[
            RegexValidator(r"^[\x20-\x7e]*$", _("Only ASCII characters are allowed in the name of a key pair."))
        ],
    )
    new_key_type = forms.ChoiceField(
        label=_("Key type"), choices=[("ed25519", "ED25519"), ("rsa", "RSA")], initial="ed25519"
    )
    new_key_format = forms.ChoiceField(
        label=_("File format"), choices=[("pem", ".pem (OpenSSH)"), ("ppk", ".ppk (PuTTY)")], initial="pem"
    )

    vpc = Ref("ec2.vpc", label="VPC", required=False, help_text=_("Empty: the default VPC."))
    subnet = Ref("ec2.subnet", label=_("Subnet"), required=False, help_text=_("Empty: AWS chooses a zone."))
    public_ip = forms.ChoiceField(
        label=_("Public IPv4 address"),
        choices=[("subnet", _("As the subnet says")), ("yes", _("Assign")), ("no", _("Do not assign"))],
        initial="subnet",
    )
    group_choice = forms.ChoiceField(
        label=_("Security group"),
        choices=[("existing", _("Existing")), ("new", _("New"))],
        initial="existing",
        widget=forms.RadioSelect,
    )
    groups = Refs(
        "ec2.security-group",
        label=_("Security groups"),
        required=False,
        most=5,
        help_text=_("Empty: the VPC's default group."),
    )
    new_group_name = forms.CharField(
        label=_("Name of the new group"), max_length=255, required=False, validators=[GROUP_TEXT]
    )
    new_group_description = forms.CharField(
        label=_("Description"),
        max_length=255,
        required=False,
        initial="Made by the launch wizard",
        validators=[GROUP_TEXT],
    )
    rules = Rows(RuleForm, most=60, label=_("Inbound rules"), add=_("Add rule"))
    interfaces = Rows(InterfaceForm, most=14, label=_("More network interfaces"), add=_("Add network interface"))

    root_size = forms.IntegerField(
        label=_("Root volume, GiB"),
        min_value=1,
        max_value=65536,
        required=False,
        help_text=_("Empty: as large as the image."),
    )
    root_type = forms.ChoiceField(label=_("Root volume type"), choices=VOLUME_CHOICES, initial="gp3")
    root_iops = forms.IntegerField(label=_("Root IOPS"), min_value=100, max_value=256000, required=False)
    root_throughput = forms.IntegerField(
        label=_("Root throughput, MiB/s"), min_value=125, max_value=2000, required=False
    )
    root_encrypted = forms.BooleanField(label=_("Encrypt the root volume"), required=False)
    root_kms_key = forms.CharField(
        label=_("KMS key"),
        max_length=2048,
        required=False,
        help_text=_("ARN, id or alias. Empty: AWS's own key for EBS."),
    )
    root_keep = forms.BooleanField(label=_("Keep the root volume on termination"), required=False)
    volumes = Rows(VolumeForm, most=27, label=_("Data volumes"), add=_("Add volume"))

    market = forms.ChoiceField(
        label=_("Purchase option"),
        choices=[("on-demand", _("On-Demand")), ("spot", "Spot")],
        initial="on-demand",
        widget=forms.RadioSelect,
    )
    max_price = forms.DecimalField(
        label=_("Highest price, USD per hour"),
        required=False,
        max_digits=10,
        decimal_places=5,
        help_text=_("Empty: up to the On-Demand price, as AWS advises."),
    )

    profile = Ref("iam.instance-profile", label=_("Instance profile"), required=False)
    shutdown = forms.ChoiceField(
        label=_("On shutdown from inside"), choices=[("stop", _("Stop")), ("terminate", _("Terminate"))], initial="stop"
    )
    termination_protection = forms.BooleanField(label=_("Termination protection"), required=False)
    stop_protection = forms.BooleanField(label=_("Stop protection"), required=False)
    hibernation = forms.BooleanField(
        label=_("Allow hibernation"),
        required=False,
        help_text=_("Needs an encrypted root volume that holds the memory."),
    )
    monitoring = forms.BooleanField(
        label=_("Detailed monitoring"), required=False, help_text=_("CloudWatch every minute, at extra cost.")
    )
    credits = forms.ChoiceField(
        label=_("CPU credits (T types)"),
        choices=[("", _("Default of the type")), ("standard", _("Standard")), ("unlimited", _("Unlimited"))],
        required=False,
    )
    tenancy = forms.ChoiceField(
        label=_("Tenancy"),
        choices=[("default", _("Shared")), ("dedicated", _("Dedicated instance")), ("host", _("Dedicated host"))],
        initial="default",
    )
    placement_group = forms.CharField(label=_("Placement group"), max_length=255, required=False)
    imds_required = forms.BooleanField(
        label=_("Require IMDSv2"),
        required=False,
        initial=True,
        help_text=_("Metadata only with a session token: protects the instance's role from request forgery."),
    )
    hop_limit = forms.IntegerField(label=_("Metadata hop limit"), min_value=1, max_value=64, initial=2)
    user_data = UserData(help_text=_("Runs at the first start. At most 16 KiB."))

    count = forms.IntegerField(label=_("Number of instances"), min_value=1, max_value=1000, initial=1)
    count_min = forms.IntegerField(
        label=_("Accept fewer: at least"),
        min_value=1,
        max_value=1000,
        required=False,
        help_text=_("Empty: all or none."),
    )

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        if any(row["key"] == "Name" for row in tags) and self.cleaned_data.get("name"):
            raise forms.ValidationError(_("The name is given above; leave out the tag Name."))
        return tags

    def clean_new_group_name(self) -> str:
        name: str = self.cleaned_data["new_group_name"]
        if name.lower().startswith("sg-"):
            raise forms.ValidationError(
                _("The name of a security group can't start with sg-; this one is %(name)s.") % {"name": name}
            )
        return name

    def clean_max_price(self) -> Any:
        price = self.cleaned_data["max_price"]
        if price is not None and price <= Decimal("0.001"):
            raise forms.ValidationError(_("The highest price must be above 0.001, not %(price)s.") % {"price": price})
        return price

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        self._need(values, "access", "existing", "key_pair", _("Choose a key pair."))
        self._need(values, "access", "new", "new_key_name", _("Name the new key pair."))
        self._need(values, "group_choice", "new", "new_group_name", _("Name the new security group."))
        if values.get("count_min") and values.get("count") and values["count_min"] > values["count"]:
            self.add_error(
                "count_min",
                _("At least %(min)d is more than the number of instances, %(max)d.")
                % {"min": values["count_min"], "max": values["count"]},
            )
        if values.get("market") != "spot" and values.get("max_price"):
            self.add_error("max_price", _("A highest price goes with Spot only."))
        check_volume(self, values, "root_")
        check_placement(self, values)
        return values

    def _need(self, values: dict[str, Any], choice: str, value: str, field: str, message: Any) -> None:
        if values.get(choice) == value and not values.get(field) and field not in self.errors:
            self.add_error(field, message)

    def found(self, kind: str, id: str | None) -> Item | None:
        """The resource of that id, as the form's scope knows it."""
        scope = getattr(self, "scope", None)
        return scope.get(kind, id) if scope and id else None

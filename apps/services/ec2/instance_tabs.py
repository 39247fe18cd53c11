"""How an instance's page is laid out: seven tabs, what stands behind each, and those that ask AWS as somebody looks."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet
from apps.catalog.resources import Tab, TabGroup
from apps.services.ec2 import userdata

SECURITY = Sheet("security", _("Groups and role"), rank=40)
NETWORK = Sheet("network", _("Addresses and interfaces"), rank=41)
STORAGE = Sheet("storage", _("Storage"), rank=42)

GROUPS = (
    TabGroup(_("Details"), ("overview", "settings", "related", "pay", "timeline", "code")),
    TabGroup(_("Connect"), ("connect",)),
    TabGroup(_("Monitoring"), ("status", "monitoring", "log", "screenshot")),
    TabGroup(_("Security"), ("security", "user-data")),
    TabGroup(_("Networking"), ("network", "reach")),
    TabGroup(_("Storage"), ("storage",)),
    TabGroup(_("Tags"), ("tags",)),
)

TABS = (
    Tab(
        "log",
        _("System log"),
        "ec2.get_console_output",
        lambda item: {"InstanceId": item.id},
        "Output",
        _("The instance has not written to its console yet. AWS updates the log some minutes after start."),
        "read-log",
        live=20,
    ),
    Tab(
        "screenshot",
        _("Screenshot"),
        "ec2.get_console_screenshot",
        lambda item: {"InstanceId": item.id, "WakeUp": True},
        "ImageData",
        _("The instance shows no picture now. AWS makes one of a running instance only, and not of bare metal."),
        "read-log",
        picture="image/jpeg",
    ),
    Tab(
        "user-data",
        _("User data"),
        "ec2.describe_instance_attribute",
        lambda item: {"InstanceId": item.id, "Attribute": "userData"},
        "UserData.Value",
        _("None: the instance is told nothing as it starts."),
        "read-user-data",
        read=userdata.shown,
        secret=True,
    ),
)

"""Instance profiles: the roles that instances act as."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.resources import Call, Column, Resource

instance_profile = Resource(
    kind="iam.instance-profile",
    label=_("Instance profile"),
    plural=_("Instance profiles"),
    group=_("Access"),
    icon="shield",
    scope="global",
    fresh=600,
    about=_("An instance profile lets the programs on an instance act as an IAM role, without keys."),
    read=Call("list_instance_profiles", "InstanceProfiles[]"),
    id="InstanceProfileName",
    name="InstanceProfileName",
    created="CreateDate",
    columns=(
        Column(_("Role"), "Roles[0].RoleName", key="role"),
        Column("ARN", "Arn", key="arn", copy=True, wide=True),
        Column(_("Path"), "Path", hidden=True),
        Column(_("Created"), "CreateDate", key="created", time=True),
    ),
    example={
        "InstanceProfileName": "api-prod",
        "Arn": "arn:aws:iam::111111111111:instance-profile/api-prod",
        "Path": "/",
        "Roles": [{"RoleName": "api-prod"}],
    },
)

"""Images as on AWS: a token copies once, tags reach the image and its snapshots, what is described or deprecated is."""

import threading
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import amis
from moto.ec2.responses.amis import AmisResponse

_lock = threading.Lock()
_copied: dict[tuple[str, str, str], Any] = {}


def install() -> None:
    response: Any = AmisResponse
    backend: Any = amis.AmiBackend
    make, copy, modify = backend.create_image, response.copy_image, response.modify_image_attribute

    def create_image(
        self: Any, instance_id: str, name: str, description: str, tag_specifications: list[dict[str, Any]]
    ) -> Any:
        if any(ami.name == name and ami.owner_id == self.account_id for ami in self.amis.values()):
            text = f"AMI name {name} is already in use by AMI"
            raise EC2ClientError("InvalidAMIName.Duplicate", text)
        of_image = [one for one in tag_specifications if one["ResourceType"] == "image"]
        image = make(self, instance_id, name, description, of_image)
        _tag(image, tag_specifications)
        return image

    def copy_image(self: Any) -> Any:
        token = self._get_param("ClientToken")
        key = (self.current_account, self.region, token)
        with _lock:
            if token and key in _copied:
                return _copied[key]
            answer = copy(self)
            image = self.ec2_backend.amis[answer.result["ImageId"]]
            given = self._get_param("TagSpecifications", [])
            for one in given:
                if one["ResourceType"] == "image":
                    image.add_tags({tag["Key"]: tag["Value"] for tag in one["Tags"]})
            _tag(image, given)
            _copied[key] = answer
            return answer

    def modify_image_attribute(self: Any) -> Any:
        description = self._get_param("Description", {})
        if "Value" in description:
            self.ec2_backend.describe_images(ami_ids=[self._get_param("ImageId")])[0].description = description["Value"]
        return modify(self)

    def deprecate(self: Any) -> Any:
        return _deprecated(self, self._get_param("DeprecateAt"))

    def undeprecate(self: Any) -> Any:
        return _deprecated(self, None)

    backend.create_image = create_image
    response.copy_image = copy_image
    response.modify_image_attribute = modify_image_attribute
    response.enable_image_deprecation = deprecate
    response.disable_image_deprecation = undeprecate


def _tag(image: Any, specifications: list[dict[str, Any]]) -> None:
    for one in specifications:
        if one["ResourceType"] == "snapshot":
            image.ebs_snapshot.add_tags({tag["Key"]: tag["Value"] for tag in one["Tags"]})


def _deprecated(self: Any, at: Any) -> Any:
    self.error_on_dryrun()
    self.ec2_backend.describe_images(ami_ids=[self._get_param("ImageId")])[0].deprecation_time = at
    return ActionResult({"Return": True})

"""Calls of several services in Terraform: what is nested otherwise there, and what goes."""

import pytest

from apps.catalog import code_terraform

pytestmark = pytest.mark.pure


def said(call, **params):
    """The text without its provider."""
    step = {"account": "1", "region": "eu-west-1", "key": "s1", "call": call, "params": params}
    text = code_terraform.text([step], lambda account: "prod")
    return text if text.startswith("#") else text.split("  provider = aws.prod_eu_west_1\n\n")[1].removesuffix("}\n")


def test_lifecycle_rules_with_every_sort_of_filter():
    several = {"Prefix": "a/", "Tags": [{"Key": "env", "Value": "dev"}]}
    rules = [
        {"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 9}},
        {"ID": "tag", "Status": "Disabled", "Filter": {"Tag": {"Key": "k", "Value": "v"}}},
        {"ID": "and", "Status": "Enabled", "Filter": {"And": several}},
    ]
    assert (
        said("s3.put_bucket_lifecycle_configuration", Bucket="b", LifecycleConfiguration={"Rules": rules})
        == """\
  bucket = "b"

  rule {
    id     = "all"
    status = "Enabled"

    filter {
    }

    expiration {
      days = 9
    }
  }

  rule {
    id     = "tag"
    status = "Disabled"

    filter {
      tag {
        key   = "k"
        value = "v"
      }
    }
  }

  rule {
    id     = "and"
    status = "Enabled"

    filter {
      and {
        prefix = "a/"

        tags = {
          "env" = "dev"
        }
      }
    }
  }
"""
    )


def test_logging_is_declared_or_gone():
    to = {"TargetBucket": "logs", "TargetPrefix": "", "TargetObjectKeyFormat": {"SimplePrefix": {}}}
    assert (
        said("s3.put_bucket_logging", Bucket="b", BucketLoggingStatus={"LoggingEnabled": to})
        == """\
  bucket        = "b"
  target_bucket = "logs"
  target_prefix = ""

  target_object_key_format {
    simple_prefix {
    }
  }
"""
    )
    assert said("s3.put_bucket_logging", Bucket="b", BucketLoggingStatus={}) == (
        '# Remove from your configuration this aws_s3_bucket_logging:\n#\n#   bucket = "b"\n'
    )


def test_an_alarm_over_an_expression():
    stat = {
        "Metric": {"Namespace": "AWS/EC2", "MetricName": "CPU", "Dimensions": [{"Name": "Id", "Value": "i-1"}]},
        "Period": 60,
        "Stat": "Average",
    }
    queries = [{"Id": "m", "MetricStat": stat, "ReturnData": False}, {"Id": "e", "Expression": "m*2"}]
    assert (
        said("cloudwatch.put_metric_alarm", AlarmName="a", OKActions=["arn:x"], Metrics=queries, Threshold=0.0)
        == """\
  alarm_name = "a"
  ok_actions = ["arn:x"]
  threshold  = 0.0

  metric_query {
    id          = "m"
    return_data = false

    metric {
      namespace   = "AWS/EC2"
      metric_name = "CPU"
      period      = 60
      stat        = "Average"

      dimensions = {
        "Id" = "i-1"
      }
    }
  }

  metric_query {
    id         = "e"
    expression = "m*2"
  }
"""
    )


def test_a_group_of_none_is_of_zero():
    assert said("autoscaling.update_auto_scaling_group", AutoScalingGroupName="web", MinSize=0, MaxSize=0) == (
        "# In your aws_autoscaling_group for web:\n#\n#   min_size = 0\n#   max_size = 0\n"
    )


def test_a_launch_template_says_its_disks_and_tags():
    data = {
        "ImageId": "ami-1",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3"}}],
        "IamInstanceProfile": {"Name": "api"},
        "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "env", "Value": "dev"}]}],
    }
    assert (
        said("ec2.create_launch_template", LaunchTemplateName="api", LaunchTemplateData=data)
        == """\
  name     = "api"
  image_id = "ami-1"

  iam_instance_profile {
    name = "api"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 20
      volume_type = "gp3"
    }
  }

  tag_specifications {
    resource_type = "volume"

    tags = {
      "env" = "dev"
    }
  }
"""
    )


def test_sharing_that_ends_is_a_permission_that_goes():
    change = {"Add": [{"UserId": "111122223333"}], "Remove": [{"Group": "all"}]}
    text = said("ec2.modify_image_attribute", ImageId="ami-1", LaunchPermission={"Remove": change["Remove"]})
    assert text == (
        "# Remove from your configuration this aws_ami_launch_permission:\n#\n"
        '#   image_id = "ami-1"\n#   group    = "all"\n'
    )
    text = said("ec2.modify_image_attribute", ImageId="ami-1", LaunchPermission={"Add": change["Add"]})
    assert text == '  image_id   = "ami-1"\n  account_id = "111122223333"\n'

"""Listeners and their rules in Terraform, to the letter."""

import pytest

from apps.catalog import code, code_terraform, registry
from apps.catalog.examples import example_plan

pytestmark = pytest.mark.pure
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/1/2"
RULE = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/web/1/2/3"


def said(call, **params):
    step = {"account": "1", "region": "eu-west-1", "key": "s1", "call": call, "params": params}
    return code_terraform.text([step], lambda account: "prod")


def test_a_rule_with_its_conditions_and_shares():
    whole = said(
        "elbv2.create_rule",
        ListenerArn=LISTENER,
        Priority=10,
        Conditions=[
            {"Field": "host-header", "HostHeaderConfig": {"Values": ["api.example.com"]}},
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1"}, {"Value": "2"}]}},
        ],
        Actions=[
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [{"TargetGroupArn": "arn:1", "Weight": 0}, {"TargetGroupArn": "arn:2"}],
                    "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
                },
            }
        ],
    )
    assert (
        whole.split("}\n\n", 1)[1]
        == f"""\
resource "aws_lb_listener_rule" "s1" {{
  provider = aws.prod_eu_west_1

  listener_arn = "{LISTENER}"
  priority     = 10

  action {{
    type = "forward"

    forward {{
      target_group {{
        arn    = "arn:1"
        weight = 0
      }}

      target_group {{
        arn = "arn:2"
      }}

      stickiness {{
        enabled  = true
        duration = 60
      }}
    }}
  }}

  condition {{
    host_header {{
      values = ["api.example.com"]
    }}
  }}

  condition {{
    query_string {{
      key   = "v"
      value = "1"
    }}

    query_string {{
      value = "2"
    }}
  }}
}}
"""
    )


def test_changes_of_rules_and_their_order():
    assert said("elbv2.set_rule_priorities", RulePriorities=[{"RuleArn": RULE, "Priority": 5}]) == (
        f"# In your aws_lb_listener_rule for {RULE}:\n#\n#   priority = 5\n"
    )
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403", "ContentType": "text/plain"}}
    assert said("elbv2.modify_rule", RuleArn=RULE, Actions=[fixed]) == (
        f"# In your aws_lb_listener_rule for {RULE}:\n#\n"
        '#   action {\n#     type = "fixed-response"\n#\n'
        '#     fixed_response {\n#       content_type = "text/plain"\n#       status_code  = "403"\n#     }\n#   }\n'
    )


def test_a_load_balancer_is_referred_to_by_its_arn():
    plan = example_plan(registry.action("elbv2.load-balancer.create"))
    text = next(one.text for one in code.render(plan, lambda account: "prod") if one.id == "terraform")
    assert "load_balancer_arn = aws_lb.api.arn" in text
    assert "target_group_arn = aws_lb_target_group.api.arn" in text


def test_tags_are_those_of_the_kind_that_the_arn_is_of():
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/9"
    text = said("elbv2.add_tags", ResourceArns=[arn], Tags=[{"Key": "env", "Value": "prod"}])
    assert text.startswith(f"# In your aws_lb_target_group for {arn}:\n")
    assert "aws_lb for" not in text

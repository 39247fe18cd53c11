import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.tenancy.permissions import BUILT_IN, check_patterns, covered, matches

pytestmark = pytest.mark.pure

PARTS = st.sampled_from(["ec2", "s3", "instance", "read", "stop", "audit", "event"])
NAMES = st.tuples(PARTS, PARTS, PARTS).map(".".join)
PATTERNS = st.one_of(
    st.just("*"),
    st.tuples(*[PARTS | st.just("*")] * 3).map(".".join),
    st.tuples(*[PARTS | st.just("*")] * 3).map(lambda p: "!" + ".".join(p)),
)


@pytest.mark.parametrize(
    ("patterns", "permission", "expected"),
    [
        (("*",), "ec2.instance.stop", True),
        (("ec2.*.*",), "ec2.instance.stop", True),
        (("ec2.*.*",), "ec2x.instance.stop", False),
        (("*.*.read",), "s3.bucket.read", True),
        (("*.*.read",), "s3.bucket.delete", False),
        (("ec2.*",), "ec2.instance.stop", False),
        (("ec2.inst*.stop",), "ec2.instance.stop", True),
        (("*.*.read", "!audit.*.*"), "audit.event.read", False),
        (("!audit.*.*", "*.*.read"), "audit.event.read", True),
        ((), "ec2.instance.stop", False),
    ],
)
def test_patterns(patterns, permission, expected):
    assert matches(patterns, permission) is expected


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("owner", ["tenancy.member.create", "audit.event.export", "ec2.instance.terminate"], []),
        (
            "operator",
            [
                "ec2.instance.terminate",
                "s3.bucket.create",
                "cloud.account.read",
                "operations.operation.cancel",
                "tenancy.member.read",
            ],
            ["tenancy.member.create", "cloud.account.create", "audit.event.read", "tenancy.binding.create"],
        ),
        ("viewer", ["ec2.instance.read", "cloud.account.read"], ["ec2.instance.stop", "audit.event.read"]),
        ("auditor", ["ec2.instance.read", "audit.event.read", "audit.event.export"], ["ec2.instance.stop"]),
    ],
)
def test_what_the_built_in_roles_may(role, may, may_not):
    patterns = BUILT_IN[role][1]
    assert [name for name in may if not matches(patterns, name)] == []
    assert [name for name in may_not if matches(patterns, name)] == []


@given(st.lists(PATTERNS, max_size=4), st.lists(PATTERNS, max_size=4).map(tuple), NAMES)
def test_nobody_hands_out_more_than_they_hold(wanted, held, permission):
    if covered(wanted, held) and matches(tuple(wanted), permission):
        assert matches(held, permission)


@pytest.mark.parametrize("pattern", ["ec2", "ec2.*", "EC2.*.*", "a.b.c.d", "", "ec2.[a-z].x", "!!a.b.c", "a.b.c\n"])
def test_what_is_no_pattern(pattern):
    with pytest.raises(ValidationError):
        check_patterns([pattern])


def test_built_in_patterns_are_patterns():
    for _label, patterns in BUILT_IN.values():
        check_patterns(patterns)

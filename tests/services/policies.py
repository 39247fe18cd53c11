"""Bucket policies as they stand in Amazon S3's User Guide, for a bucket called acme."""

BUCKET = "acme"
ARN = "arn:aws:s3:::acme"
ALL = f"{ARN}/*"
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allow(principal="*", action="s3:GetObject", resource=ALL, **more):
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def deny(principal="*", action="s3:*", resource=None, **more):
    return {"Effect": "Deny", "Principal": principal, "Action": action, "Resource": resource or [ARN, ALL], **more}


# name: (policy, whether AWS calls it public, the sentences)
DOCUMENTED = {
    "everybody may read": (
        policy(allow(Sid="PublicRead", action=["s3:GetObject", "s3:GetObjectVersion"])),
        True,
        ["Anybody may read objects and read older versions of objects."],
    ),
    "other accounts write, the owner keeps control": (
        policy(
            allow(
                {"AWS": ["arn:aws:iam::111122223333:root", "444455556666"]},
                ["s3:PutObject", "s3:PutObjectAcl"],
                Condition={"StringEquals": {"s3:x-amz-acl": ["public-read"]}},
            )
        ),
        False,
        [
            "The AWS account 111122223333 and the AWS account 444455556666 may write objects and change who may access"
            " objects (ACL), if they give the object the ACL “public-read”."
        ],
    ),
    "everybody of an organization": (
        policy(allow(Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-aa111bb222"]}})),
        False,
        ["Anybody may read objects, if they belong to the organization “o-aa111bb222”."],
    ),
    "https alone": (
        policy(deny(Sid="RestrictToTLSRequestsOnly", Condition={"Bool": {"aws:SecureTransport": "false"}})),
        False,
        ["Nobody may do anything, if the connection is not encrypted."],
    ),
    "some addresses alone": (
        policy(deny(Sid="IPAllow", Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}})),
        False,
        ["Nobody may do anything, if the request doesn't come from “192.0.2.0/24”."],
    ),
    "a range and a half of addresses": (
        policy(
            allow(
                Condition={
                    "IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:DB8:1234:5678::/64"]},
                    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678:ABCD::/80"]},
                }
            )
        ),
        False,
        [
            "Anybody may read objects, if the request comes from “192.0.2.0/24” or “2001:DB8:1234:5678::/64” and the"
            " request doesn't come from “203.0.113.0/24” or “2001:DB8:1234:5678:ABCD::/80”."
        ],
    ),
    "links from own pages": (
        policy(
            allow(
                action=["s3:GetObject", "s3:GetObjectVersion"],
                Condition={"StringLike": {"aws:Referer": ["http://www.example.com/*", "http://example.com/*"]}},
            )
        ),
        True,
        [
            "Anybody may read objects and read older versions of objects, if a browser says that"
            " “http://www.example.com/*” or “http://example.com/*” led here."
        ],
    ),
    "a user's own folder": (
        policy(
            allow(
                {"AWS": "arn:aws:iam::111122223333:user/JohnDoe"},
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                f"{ARN}/home/JohnDoe/*",
            ),
            allow(
                {"AWS": "arn:aws:iam::111122223333:user/JohnDoe"},
                "s3:ListBucket",
                ARN,
                Condition={"StringLike": {"s3:prefix": "home/JohnDoe/*"}},
            ),
        ),
        False,
        [
            "The user JohnDoe of account 111122223333 may read objects, write objects and delete objects in"
            " “home/JohnDoe/*”.",
            "The user JohnDoe of account 111122223333 may list objects, if they ask for names that begin with"
            " “home/JohnDoe/*”.",
        ],
    ),
    "access logs of a load balancer": (
        policy(
            allow(
                {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                "s3:PutObject",
                f"{ARN}/logs/AWSLogs/111122223333/*",
            )
        ),
        False,
        [
            "The AWS service logdelivery.elasticloadbalancing.amazonaws.com may write objects in"
            " “logs/AWSLogs/111122223333/*”."
        ],
    ),
    "CloudFront by an origin access identity": (
        policy(
            allow({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"}),
        ),
        False,
        ["CloudFront by its identity EH1HDMB1FH2TC may read objects."],
    ),
    "CloudFront by origin access control": (
        policy(
            allow(
                {"Service": "cloudfront.amazonaws.com"},
                Condition={
                    "StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE"}
                },
            )
        ),
        False,
        [
            "The AWS service cloudfront.amazonaws.com may read objects, if the service acts for"
            " “arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE”."
        ],
    ),
    "a second factor": (
        policy(
            deny(
                action="s3:*",
                resource=f"{ARN}/taxdocuments/*",
                Condition={"Null": {"aws:MultiFactorAuthAge": True}},
            ),
            allow({"AWS": "111122223333"}, ["s3:GetObject"]),
        ),
        False,
        [
            "Nobody may do anything with the objects in “taxdocuments/*”, if aws:MultiFactorAuthAge is not given.",
            "The AWS account 111122223333 may read objects.",
        ],
    ),
    "inventory and analytics": (
        policy(
            allow(
                {"Service": "s3.amazonaws.com"},
                ["s3:PutObject"],
                [ALL],
                Condition={
                    "ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"},
                    "StringEquals": {"aws:SourceAccount": "111122223333", "s3:x-amz-acl": "bucket-owner-full-control"},
                },
            )
        ),
        False,
        [
            "The AWS service s3.amazonaws.com may write objects, if the service acts for “arn:aws:s3:::source”, the"
            " service acts for the account “111122223333” and they give the object the ACL “bucket-owner-full-control”."
        ],
    ),
    "a VPC endpoint alone": (
        policy(deny(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}})),
        False,
        ["Nobody may do anything, if the request doesn't come through the VPC endpoint “vpce-1a2b3c4d”."],
    ),
    "the access points of an account": (
        policy(
            allow(
                {"AWS": "*"},
                "*",
                [ARN, ALL],
                Condition={"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}},
            )
        ),
        False,
        ["Anybody may do everything, if s3:DataAccessPointAccount is “111122223333”."],
    ),
    "encrypted uploads alone": (
        policy(
            deny(
                action="s3:PutObject",
                resource=ALL,
                Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
            )
        ),
        False,
        ["Nobody may write objects, if they don't ask for the encryption “aws:kms”."],
    ),
    "objects by their tag": (
        policy(
            allow(
                {"CanonicalUser": CANONICAL},
                Condition={"StringEquals": {"s3:ExistingObjectTag/environment": "production"}},
            )
        ),
        False,
        [
            "The AWS account with the canonical id 79a59df9…f2be may read objects, if s3:ExistingObjectTag/environment"
            " is “production”."
        ],
    ),
    "an allow with an exception, in the old version": (
        policy(
            {
                "Effect": "Allow",
                "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                "NotAction": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
                "NotResource": f"{ARN}/private/*",
            },
            version="2008-10-17",
        ),
        False,
        [
            "Whoever signed in at cognito-identity.amazonaws.com may do anything but delete objects and delete"
            " versions of objects for good in anything but “acme/private/*”."
        ],
    ),
}

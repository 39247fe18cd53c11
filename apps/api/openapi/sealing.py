"""How far the record is sealed and anchored."""

from apps.api.openapi import schemas as s

_HEAD = s.text("SHA-256 of all rows sealed so far, each upon the one before.", pattern="^[0-9a-f]{64}$")
CHAIN = s.obj(
    {
        "key": s.nullable("string", "The public key that signs now (Ed25519, base64); null: nothing is sealed."),
        "last": {
            "description": "The newest seal.",
            "anyOf": [
                s.obj(
                    {
                        "number": {"type": "integer"},
                        "at": s.MOMENT,
                        "total": {"type": "integer", "description": "Rows sealed so far."},
                        "head": _HEAD,
                        "key": s.text("The public key that signed it."),
                    }
                ),
                {"type": "null"},
            ],
        },
        "waiting": s.obj(
            {
                "rows": {"type": "integer", "description": "Rows that are not sealed yet."},
                "more": {"type": "boolean", "description": "Whether there are more, which were not counted."},
                "since": s.NO_MOMENT,
            }
        ),
        "anchors": s.array(
            s.obj(
                {
                    "place": s.text(enum=["file", "bucket"]),
                    "number": {"type": "integer", "description": "The seal that was written there last."},
                    "head": _HEAD,
                    "at": s.MOMENT,
                    "behind": {"type": "integer", "description": "Seals since."},
                }
            )
        ),
    }
)

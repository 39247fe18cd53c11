"""What the demo's two companies own: data only. `machines.py` launches it.

Harbour Freight Systems ships containers from three accounts; Tidewater Analytics, the other tenant, has one.
"""

from dataclasses import dataclass

PRODUCTION, STAGING, DEVELOPMENT, TIDEWATER = "111111111111", "222222222222", "333333333333", "444444444444"
VIRGINIA, IRELAND, TOKYO, SINGAPORE = "us-east-1", "eu-west-1", "ap-northeast-1", "ap-southeast-1"

COST_CENTERS = {
    "storefront": "4100",
    "orders": "4120",
    "platform": "5200",
    "data": "5310",
    "network": "5240",
    "research": "6010",
}


@dataclass(frozen=True)
class Volume:
    """A data volume; attached where `on` names an instance. `snapshot`: one snapshot of it, with this description."""

    name: str
    size: int
    type: str = "gp3"
    on: str = ""
    zone: str = "a"
    iops: int = 0
    encrypted: bool = True
    snapshot: str = ""


@dataclass(frozen=True)
class Machine:
    """An instance. `days`: launched that long before the demo's birth. `state`: where it has come to."""

    name: str
    type: str
    subnet: str
    group: str
    owner: str
    days: int
    state: str = "running"
    root: int = 20
    profile: str = ""
    address: bool = False  # an Elastic IP of its own
    protected: bool = False
    image: str = ""  # also an own image of it, with this name


@dataclass(frozen=True)
class Site:
    """One account in one Region."""

    account: str
    region: str
    env: str
    network: str
    cidr: str
    machines: tuple[Machine, ...]
    volumes: tuple[Volume, ...] = ()
    keys: tuple[str, ...] = ("ops-2026",)
    spare_addresses: tuple[str, ...] = ()


M, V = Machine, Volume

SITES = (
    Site(
        PRODUCTION,
        VIRGINIA,
        "production",
        "prod-us",
        "10.10",
        keys=("ops-2026", "deploy-bot"),
        spare_addresses=("failover-orders",),
        machines=(
            M("web-prod-1a", "m7i.large", "public-a", "web", "storefront", 212, profile="app-server", protected=True),
            M("web-prod-1b", "m7i.large", "public-b", "web", "storefront", 212, profile="app-server", protected=True),
            M("web-prod-1c", "m7i.large", "public-a", "web", "storefront", 41, profile="app-server"),
            M(
                "api-prod-1a",
                "c7i.xlarge",
                "private-a",
                "api",
                "orders",
                97,
                profile="app-server",
                image="api-server-41",
            ),
            M("api-prod-1b", "c7i.xlarge", "private-b", "api", "orders", 97, profile="app-server"),
            M("api-prod-1c", "c7i.xlarge", "private-a", "api", "orders", 12, profile="app-server"),
            M("orders-db-primary", "r7i.2xlarge", "private-a", "database", "orders", 388, root=50, protected=True),
            M("orders-db-replica", "r7i.2xlarge", "private-b", "database", "orders", 388, root=50, protected=True),
            M("billing-db", "r7i.xlarge", "private-a", "database", "orders", 301, root=50, protected=True),
            M("redis-cache-1", "r7g.large", "private-a", "cache", "platform", 150),
            M("redis-cache-2", "r7g.large", "private-b", "cache", "platform", 150),
            M("kafka-broker-1", "m7i.xlarge", "private-a", "internal", "data", 266),
            M("kafka-broker-2", "m7i.xlarge", "private-b", "internal", "data", 266),
            M("kafka-broker-3", "m7i.xlarge", "private-a", "internal", "data", 266),
            M("reporting-worker-1", "c7i.2xlarge", "private-a", "internal", "data", 33, profile="batch-worker"),
            M(
                "reporting-worker-2",
                "c7i.2xlarge",
                "private-b",
                "internal",
                "data",
                33,
                "stopped",
                profile="batch-worker",
            ),
            M("bastion-us", "t3.micro", "public-a", "bastion", "network", 455, address=True, root=8),
            M("vpn-gateway-us", "t3.medium", "public-b", "vpn", "network", 455, address=True),
        ),
        volumes=(
            V("orders-db-data", 1000, "io2", on="orders-db-primary", iops=12000, snapshot="Nightly, orders-db-data"),
            V("orders-db-replica-data", 1000, "gp3", on="orders-db-replica", zone="b"),
            V("billing-db-data", 500, "gp3", on="billing-db", snapshot="Before the 2026-10 migration"),
            V("kafka-1-log", 750, "st1", on="kafka-broker-1"),
            V("kafka-2-log", 750, "st1", on="kafka-broker-2", zone="b"),
            V("kafka-3-log", 750, "st1", on="kafka-broker-3"),
            V("restore-test-september", 1000, "gp3"),
        ),
    ),
    Site(
        PRODUCTION,
        IRELAND,
        "production",
        "prod-eu",
        "10.20",
        machines=(
            M("web-prod-eu-1a", "m7i.large", "public-a", "web", "storefront", 180, profile="app-server"),
            M("web-prod-eu-1b", "m7i.large", "public-b", "web", "storefront", 180, profile="app-server"),
            M("api-prod-eu-1a", "c7i.xlarge", "private-a", "api", "orders", 97, profile="app-server"),
            M("orders-db-eu-replica", "r7i.xlarge", "private-b", "database", "orders", 240, root=50, protected=True),
            M("customs-gateway", "t3.large", "public-a", "web", "orders", 77, address=True),
            M("bastion-eu", "t3.micro", "public-a", "bastion", "network", 430, address=True, root=8),
        ),
        volumes=(V("orders-db-eu-data", 1000, "gp3", on="orders-db-eu-replica", zone="b"),),
    ),
    Site(
        PRODUCTION,
        TOKYO,
        "production",
        "prod-apne",
        "10.30",
        machines=(
            M("edge-tokyo-1", "c7g.large", "public-a", "web", "storefront", 64, address=True),
            M("edge-tokyo-2", "c7g.large", "public-b", "web", "storefront", 64),
            M("telemetry-ingest-tokyo", "m7g.large", "private-a", "internal", "data", 19),
        ),
    ),
    Site(
        PRODUCTION,
        SINGAPORE,
        "production",
        "prod-apse",
        "10.40",
        machines=(
            M("edge-singapore-1", "c7g.large", "public-a", "web", "storefront", 58, address=True),
            M("edge-singapore-2", "c7g.large", "public-b", "web", "storefront", 58),
            M("port-feed-singapore", "t4g.medium", "private-a", "internal", "data", 143),
        ),
    ),
    Site(
        STAGING,
        VIRGINIA,
        "staging",
        "staging-us",
        "10.110",
        keys=("ops-2026", "ci"),
        machines=(
            M("web-staging-1", "t3.medium", "public-a", "web", "storefront", 30, profile="app-server"),
            M("api-staging-1", "t3.large", "private-a", "api", "orders", 30, profile="app-server"),
            M("api-staging-2", "t3.large", "private-b", "api", "orders", 6, profile="app-server"),
            M("orders-db-staging", "r7i.large", "private-a", "database", "orders", 121, root=50),
            M("gitlab-runner-01", "c7i.large", "private-a", "internal", "platform", 88),
            M("gitlab-runner-02", "c7i.large", "private-b", "internal", "platform", 88),
            M("gitlab-runner-03", "c7i.large", "private-a", "internal", "platform", 88, "stopped"),
            M("load-test-driver", "c7i.4xlarge", "private-a", "internal", "platform", 2, "terminated"),
        ),
        volumes=(
            V("orders-db-staging-data", 200, "gp3", on="orders-db-staging"),
            V("gitlab-cache", 300, "gp3", on="gitlab-runner-01", encrypted=False),
            V("load-test-results", 100, "gp2", zone="b", encrypted=False),
        ),
    ),
    Site(
        STAGING,
        IRELAND,
        "staging",
        "staging-eu",
        "10.120",
        machines=(
            M("web-staging-eu-1", "t3.medium", "public-a", "web", "storefront", 30),
            M("customs-gateway-staging", "t3.medium", "public-a", "web", "orders", 28, "stopped", address=True),
        ),
    ),
    Site(
        DEVELOPMENT,
        VIRGINIA,
        "development",
        "dev",
        "10.210",
        keys=("alice", "marco"),
        spare_addresses=("demo-day",),
        machines=(
            M("dev-alice", "t3.large", "public-a", "bastion", "orders", 9),
            M("dev-marco", "t3.large", "public-a", "bastion", "storefront", 3),
            M("dev-priya", "t3.xlarge", "public-b", "bastion", "data", 51, "stopped"),
            M("ml-notebook-gpu", "g5.xlarge", "private-a", "internal", "research", 17, root=200),
            M("eta-model-training", "g5.2xlarge", "private-a", "internal", "research", 5, "stopped", root=200),
            M("jenkins-old", "m5.large", "private-b", "internal", "platform", 903, "stopped", root=100),
            M("spike-graphql", "t3.small", "public-a", "web", "orders", 1, "terminated"),
        ),
        volumes=(
            V("training-data", 2000, "st1", on="ml-notebook-gpu", snapshot="Training set of 2026-10"),
            V("jenkins-home-old", 250, "gp2", zone="b", encrypted=False),
            V("scratch", 50, "gp3"),
        ),
    ),
    Site(
        DEVELOPMENT,
        TOKYO,
        "development",
        "dev-apne",
        "10.220",
        keys=("haruka",),
        machines=(
            M("dev-haruka", "t4g.large", "public-a", "bastion", "storefront", 22),
            M("locale-test-ja", "t4g.small", "public-a", "web", "storefront", 22, "stopped"),
        ),
    ),
    Site(
        TIDEWATER,
        VIRGINIA,
        "production",
        "tidewater",
        "10.10",
        machines=(
            M("dashboard-1", "t3.medium", "public-a", "web", "data", 60),
            M("warehouse-db", "r7i.large", "private-a", "database", "data", 60, root=50),
            M("etl-nightly", "c7i.large", "private-a", "internal", "data", 60, "stopped"),
        ),
        volumes=(V("warehouse-data", 400, "gp3", on="warehouse-db"),),
    ),
    Site(
        TIDEWATER,
        IRELAND,
        "production",
        "tidewater-eu",
        "10.20",
        machines=(M("dashboard-eu-1", "t3.medium", "public-a", "web", "data", 25),),
    ),
)

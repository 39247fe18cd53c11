"""A subnet that is deleted leaves its route table, as on AWS: moto's table would go on to have it, and can't go."""

from typing import Any

from moto.ec2.models.subnets import SubnetBackend


def install() -> None:
    backend: Any = SubnetBackend
    delete = backend.delete_subnet

    def deleted(self: Any, subnet_id: str) -> Any:
        gone = delete(self, subnet_id)
        for table in list(self.route_tables.values()):
            for association, holder in list(table._associations.items()):
                if holder == subnet_id:
                    del table._associations[association]
        return gone

    backend.delete_subnet = deleted

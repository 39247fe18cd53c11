"""Ports that have a name, and those that should not be open to everybody: remote control and databases."""

_NAMED = """
20 FTP, 21 FTP, 22 SSH, 23 Telnet, 25 SMTP, 53 DNS, 80 HTTP, 110 POP3, 123 NTP, 143 IMAP, 389 LDAP, 443 HTTPS, 445 SMB,
465 SMTPS, 587 SMTP, 636 LDAPS, 993 IMAPS, 995 POP3S, 1433 SQL Server, 1521 Oracle, 2049 NFS, 2375 Docker, 2376 Docker,
3306 MySQL, 3389 RDP, 5432 PostgreSQL, 5439 Redshift, 5601 Kibana, 5900 VNC, 5985 WinRM, 5986 WinRM, 6379 Redis,
6443 Kubernetes, 8080 HTTP, 9200 Elasticsearch, 11211 Memcached, 27017 MongoDB
"""
SERVICES = {int(port): name for port, _, name in (one.strip().partition(" ") for one in _NAMED.split(","))}
ADMINISTRATIVE = (
    *(22, 23, 445, 1433, 1521, 2375, 2376, 3306, 3389, 5432, 5439, 5601, 5900, 5985, 5986, 6379, 6443, 9200, 11211),
    27017,
)

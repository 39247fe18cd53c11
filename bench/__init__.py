"""Measures what docs/ and the specs claim: `make bench`. See README.md."""

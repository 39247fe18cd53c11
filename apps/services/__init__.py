"""Declarations of AWS services, a folder each. The registry finds them; nothing imports them by name."""

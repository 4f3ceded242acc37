"""How every connection is made: the proxies that it goes by, and whom it trusts (TLS)."""

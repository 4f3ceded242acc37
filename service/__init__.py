"""What a well-behaved Unix service does: its log, its signals, its standard streams, and what it tells systemd."""

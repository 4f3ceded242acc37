"""What Causerie costs and how fast it is, measured on the real bot process: `make bench`."""

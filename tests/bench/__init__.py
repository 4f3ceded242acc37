"""`make bench`: measures the speed, the processor time and the memory of the real bot process."""

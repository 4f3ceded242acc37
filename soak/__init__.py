"""`make soak`: the real bot process is killed a thousand times while twenty people talk with it, and nothing may be lost."""

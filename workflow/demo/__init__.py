"""A whole season rehearsed on a movable clock, on real units and invented people. Only ever on a database of its own."""

"""A season rehearsed on a movable clock, with real units and invented people; only ever on a database of its own."""

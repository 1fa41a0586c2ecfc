"""The roof: moves nominations. Stands on the two pillars `definitions` and `notifications`."""

__version__ = "0.1.0"

"""The pages: what people do in a browser. Rooms stand side by side on one frame; each has its templates and words."""

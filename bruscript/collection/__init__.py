"""A folder of .bru files as a tree of requests."""

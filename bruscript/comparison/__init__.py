"""Differences between two runs: in their reports and, with the reference, in their requests."""

"""Reporters: each consumes a run's events."""

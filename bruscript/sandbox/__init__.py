"""Runs JavaScript in V8, fenced in."""

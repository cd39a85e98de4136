"""Runs requests and collections, and emits the events that reporters consume."""

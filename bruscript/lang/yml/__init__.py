"""OpenCollection: the YAML form of collections, requests, folders and environments."""

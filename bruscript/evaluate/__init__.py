"""Scopes, inheritance and templates: from a request's definition to what is sent."""

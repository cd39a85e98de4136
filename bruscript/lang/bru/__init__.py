"""The .bru language: text, syntax tree and Bruno's JSON."""

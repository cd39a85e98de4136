"""The .bru language: text, AST and Bruno's JSON."""

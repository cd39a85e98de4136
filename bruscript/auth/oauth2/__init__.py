"""OAuth 2.0: grants, the token's life, its store."""

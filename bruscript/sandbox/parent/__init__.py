"""The parent's side of the sandbox, which trusts nothing that it receives from workers."""

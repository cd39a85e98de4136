"""The parent's side of the sandbox, which trusts nothing it receives: starts workers, gives them jobs, answers their calls."""

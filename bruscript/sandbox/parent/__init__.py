"""The side of the sandbox that must trust nothing: starts workers, gives them jobs, answers their calls."""

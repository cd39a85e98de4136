"""The `bruscript` command, a command a file."""

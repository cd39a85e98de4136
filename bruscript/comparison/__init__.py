"""How two runs differ: in their reports and, beside the reference, in what they sent."""

"""The messages between parent and worker: the only code that both sides share."""

"""The worker process: runs scripts, without rights."""

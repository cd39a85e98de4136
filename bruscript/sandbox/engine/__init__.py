"""V8 itself: isolates, and jobs that run in them. For the worker process and for threads."""

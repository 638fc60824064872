"""Hold one module for each command of ours, each with its click command as `command`."""

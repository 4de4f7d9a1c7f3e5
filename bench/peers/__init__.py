"""The servers that are compared, each set up by its own seed."""

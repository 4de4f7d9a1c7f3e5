"""A customer file that follows the gateway."""

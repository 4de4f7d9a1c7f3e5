"""Journeys of this room over several requests."""

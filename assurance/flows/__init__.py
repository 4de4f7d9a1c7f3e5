"""Journeys of this room."""

"""This gateway, as production runs it, with one client and the people that sign in."""

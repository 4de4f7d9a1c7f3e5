"""The wiring: settings, addresses, reactions, the admin site, commands, the supervisor. Nothing imports it."""

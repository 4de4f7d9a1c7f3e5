"""The help site: whoever is signed in at the gateway already arrives signed in here."""

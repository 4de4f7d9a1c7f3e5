"""The mobile app: a public client, and a second app of the same vendor on the same phone."""

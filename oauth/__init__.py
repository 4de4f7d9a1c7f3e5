"""The protocol desk: authorize, token, claims, introspection, revocation, logout, on django-oauth-toolkit.

Nouns: Client, Grant, Interaction, Revocation. It issues what the rooms below vouch for; it proves nobody's
identity itself, keeps no session, and judges no action.
"""

"""The customer and the operator: who they are, what points at them, what they prove with.

Nouns: Account, Identifier, OperatorRole, UpstreamProvider, Proof. django-allauth's tables are the truth for login
addresses, authenticators and links to providers; `Identifier` adds level and provenance in the same deed. It knows no
session, token or channel.
"""

"""The customer and the operator: who they are, what points at them, what they prove with.

Nouns: Account, Identifier, OperatorRole, Proof. django-allauth's tables are the truth for login addresses and
authenticators; `Identifier` adds level and provenance in the same deed. It knows no session, token or channel.
"""

"""Somebody else acting for a customer: staff in an assisted session, software with a mandate.

Nouns: Delegation. Each names its subject, its actor, the reason, what it covers and when it ends. It signs nobody in
and issues no token: oauth asks here what a token for an actor may say.
"""

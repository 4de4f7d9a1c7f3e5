"""Signing keys: one active, one published ahead of its turn, retired ones that still verify.

Nouns: SigningKey, PublicKey. It signs and verifies compact JWTs with ES256 and nothing else.
It knows no claims: what a token says, and until when it holds, is the caller's business.
"""

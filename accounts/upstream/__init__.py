"""Signing in through a provider upstream: allauth's OpenID Connect client, held to what OpenID Connect Core 1.0 and
RFC 9700 ask of a relying party. allauth keeps the state, the pages' order and the links; documents, tokens and the
judgement of who may be linked to whom are ours.
"""

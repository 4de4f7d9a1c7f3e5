"""The judge: how surely this session is this customer's, and what may therefore be done.

Nouns: Evidence, Line, Facts, Judgement, Decision, RiskFlag. One question, asked by every channel, by sign-in and by
tokens, answered in one place: permit, step up, suppress, refuse or review, with every reason in bits. It proves
nobody's identity, issues nothing and keeps no policy: it weighs what the rooms below know by an operator's rules.
"""

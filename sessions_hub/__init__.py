"""Sessions of one person over all channels: who is signed in where, on which device, proved by what and when.

Nouns: Session (its `sid` never changes), Device, Participation, evidence and the Level derived from it.
It signs nobody in (accounts and allauth do), issues no tokens (oauth does) and knows no client but by its id.
"""

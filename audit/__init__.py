"""The journal: every fact, written once, in the transaction of the state it describes.

Nouns: Event, Pending, SubjectHead, SubjectKey, Seal. Three readers: audit trail, metrics, change feed.
It judges nothing, delivers nothing and knows no other room's tables.
"""

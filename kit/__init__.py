"""Tools without domain knowledge: who calls, one unit of work, refusals, clock, crypto, HTTP shapes.

Nouns: CallContext, Caller, Refusal, UnitOfWork. Every room may import any of it; it imports no room.
"""

"""The same person? What other systems say of people: their records, kept apart, with where every value comes from.

Nouns: SourceRecord, Version, Claim, Golden, Ruling, Conflict. A record belongs to an account only where a trusted
source names it. Which value is believed is found when it is asked for, by one pure function. It matches nobody yet,
and what was stated or verified at the gateway stays with accounts.
"""

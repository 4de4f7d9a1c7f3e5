"""The couriers: what happened reaches everyone who must know it, in order, and silence is noticed.

Nouns: Receiver, Delivery, transport. A fact of the journal becomes one delivery for each receiver, leased and retried
until it is confirmed or given up. It decides nothing about the fact, and its broker is a doorbell, never the truth.
"""

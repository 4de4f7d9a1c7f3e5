"""What each customer has permitted: for which purpose, on which channel, to whom, under which notice, and the proof.

Nouns: Purpose, Notice, Processor, Mandate, ConsentEvent, EffectiveState, LinkedParty. Events stand for ever on the
account, record or device that made them; what holds is judged from them anew for every question. It acts on nothing:
whoever acts asks here, inside its own transaction.
"""

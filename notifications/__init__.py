"""What leaves the house for people: one outbox, one file per transport.

Nouns: Message. A message is stored encrypted in the transaction of the deed that causes it and sent afterwards.
It does not know why it is sent, nor whose address it is.
"""

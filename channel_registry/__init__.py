"""The channels customers are met on, and the versioned policy of each.

Nouns: Channel, PolicyVersion, LivePolicy, ChannelPolicy. A policy is data that an operator publishes; versions
are never changed. It applies no policy: who asks reads one and judges.
"""

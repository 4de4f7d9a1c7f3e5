"""The channels customers are met on, and the versioned policy of each.

Nouns: Channel, PolicyVersion, LivePolicy, PolicyDraft, ChannelPolicy. A policy is data that one operator writes and
another approves; versions are never changed. It applies no policy: who asks reads one and judges.
"""

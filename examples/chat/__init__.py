"""The chat: an assistant that has the customer verified where she is signed in, and never asks for a secret."""

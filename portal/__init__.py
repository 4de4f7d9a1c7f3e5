"""The faces: sign-in pages, a customer's own pages, the operators' start page, and how all of it looks and speaks.

Nouns: page, component, word. It has no tables: it asks the rooms below and puts what they know into plain words.
Library views (allauth, the toolkit) render the templates that live here.
"""

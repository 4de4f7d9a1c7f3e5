"""The demo: who lives in it, which channels and clients it has, and how it comes into a database.

Nothing of it exists unless `manage.py demo_seed` is asked for, and production refuses to be asked.
"""

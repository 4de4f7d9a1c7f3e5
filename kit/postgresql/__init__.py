"""Django's PostgreSQL with one thing more: a kept connection that died while nobody used it is replaced unnoticed."""

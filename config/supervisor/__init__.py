"""Starts, watches and ends the processes of one machine: what stands behind `manage.py up`.

Nouns: a Child (one process with its group), the Launch (what was asked for). It judges nothing about customers
and knows no tables; the parts that run before the settings load import no Django.
"""

"""The gateway beside its peers, measured on one machine: `python -m bench`. What it finds is docs/benchmarks.md."""

"""The desk of the contact center: staff who see how a caller was verified, and never see a code."""

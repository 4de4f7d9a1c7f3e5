"""A mailing list that follows what customers allow."""

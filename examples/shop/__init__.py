"""The shop: browse as a guest, sign in with a button."""

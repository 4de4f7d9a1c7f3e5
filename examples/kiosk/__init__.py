"""The kiosk in the store: nobody types a password here; the customer's own phone answers for her."""

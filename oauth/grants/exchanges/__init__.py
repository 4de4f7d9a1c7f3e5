"""The exchanges of the token exchange grant, one file each; the table stands in `oauth.grants.token_exchange`."""

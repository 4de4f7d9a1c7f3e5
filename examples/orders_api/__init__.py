"""The orders API: a resource server that believes the gateway's access tokens, and asks the gateway before it acts."""

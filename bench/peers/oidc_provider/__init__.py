"""panva's oidc-provider from npm: `server.mjs` sets it up, with its own memory or with Redis."""

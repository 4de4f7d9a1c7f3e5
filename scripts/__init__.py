"""Tools around the repository: bootstrap, throw-away servers for tests, the test run, generated docs."""

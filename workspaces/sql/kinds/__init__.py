"""One module per family of statements: tokens in, a `Statement` with its details out."""

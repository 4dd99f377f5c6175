"""The embedded stack: real Temporal, Postgres and Valkey, kept while anybody uses them."""

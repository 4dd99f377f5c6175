"""What Postgres keeps: tables, and one class of queries per family."""

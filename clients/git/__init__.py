"""Git: the program, mirrors and checkouts of this host, and what is looked up in repositories."""

"""HTTP: health, and later the gateway's routes and pages."""

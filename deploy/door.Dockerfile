# The password in front of Temporal's Web UI, which has no login of its own but OIDC.
FROM caddy:2.11-alpine
COPY deploy/Caddyfile /etc/caddy/Caddyfile
# Caddy stores nothing here, and needs no port below 1024.
USER 65534:65534
EXPOSE 8080

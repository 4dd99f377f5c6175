# Temporal's server together with the tool for its schema: a platform that runs a command before each
# deployment runs it in the server's own image.
ARG VERSION=1.32.0

FROM temporalio/admin-tools:${VERSION} AS tools

FROM temporalio/server:${VERSION}
COPY --from=tools /usr/local/bin/temporal-sql-tool /usr/local/bin/temporal-sql-tool
COPY --from=tools /etc/temporal/schema /etc/temporal/schema
COPY deploy/temporal-schema.sh /usr/local/bin/temporal-schema
COPY deploy/temporal-dynamic-config.yaml /etc/temporal/slipway.yaml
# All services of one server: they find each other on the machine itself, wherever they listen.
ENV BIND_ON_IP=:: \
    TEMPORAL_BROADCAST_ADDRESS=127.0.0.1 \
    DYNAMIC_CONFIG_FILE_PATH=/etc/temporal/slipway.yaml
EXPOSE 7233

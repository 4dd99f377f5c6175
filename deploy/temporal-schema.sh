#!/bin/sh
# Brings Temporal's two databases to the schema of this version. Made for the tools' image, and
# repeatable: what is there stays. Takes the server's own variables, so that both agree.
set -eu

export SQL_PLUGIN="$DB" SQL_HOST="$POSTGRES_SEEDS" SQL_PORT="$DB_PORT"
# Not on the command line, where every process of the machine could read it.
export SQL_USER="$POSTGRES_USER" SQL_PASSWORD="$POSTGRES_PWD"

# On the first day, all services start at once.
tries=60
until nc -z -w 2 "$POSTGRES_SEEDS" "$DB_PORT"; do
  tries=$((tries - 1))
  test "$tries" -gt 0 || { echo "no Postgres at $POSTGRES_SEEDS:$DB_PORT" >&2; exit 1; }
  sleep 2
done

: "${SCHEMA:=/etc/temporal/schema/postgresql/v12}"

bring_up() {
  versions="$SCHEMA/$2/versioned"
  # The tool itself finds nothing to do in a folder that is not there, and calls it a success.
  test -d "$versions" || { echo "no schema in $versions" >&2; exit 1; }
  temporal-sql-tool --database "$1" create-database
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "$versions"
}

bring_up temporal temporal
bring_up temporal_visibility visibility

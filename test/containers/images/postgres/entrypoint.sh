#!/bin/sh
# The password is read while this is still root, so that a file of its owner alone will do; the server runs as postgres.
set -eu
[ "${1#-}" = "$1" ] || set -- postgres "$@"
[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups -- env -u POSTGRES_PASSWORD HOME="$PGDATA" "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  chown postgres:postgres "$PGDATA"
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password && chmod 0600 /tmp/password && chown postgres /tmp/password
  as_postgres initdb -D "$PGDATA" --username="$user" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C
  rm /tmp/password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  printf 'CREATE DATABASE "%s"' "$database" | as_postgres postgres --single -D "$PGDATA" template1 > /dev/null
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
  echo "unix_socket_directories = '/tmp'" >> "$PGDATA/postgresql.conf"
fi
unset POSTGRES_PASSWORD
cd "$PGDATA"
exec setpriv --reuid=postgres --regid=postgres --clear-groups -- env HOME="$PGDATA" "$@"

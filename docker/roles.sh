#!/bin/sh
# Runs once, when the database is made: the tables' owner, who migrates, and the application, whom row security binds.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" <<'SQL'
CREATE ROLE northgate_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner';
CREATE ROLE northgate_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app';
CREATE DATABASE northgate OWNER northgate_owner;
REVOKE ALL ON DATABASE northgate FROM PUBLIC;
GRANT CONNECT ON DATABASE northgate TO northgate_app;
SQL

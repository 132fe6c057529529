#!/bin/sh
# Creates Temporal's two databases and brings their schemas up to date; it can run again. temporal-sql-tool reads the SQL_*
# variables.
set -eu

for schema in temporal visibility; do
  case $schema in
    temporal) SQL_DATABASE=temporal ;;
    visibility) SQL_DATABASE=temporal_visibility ;;
  esac
  export SQL_DATABASE
  temporal-sql-tool create
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done

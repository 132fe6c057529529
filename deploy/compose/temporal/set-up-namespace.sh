#!/bin/sh
# Creates the namespace that TEMPORAL_NAMESPACE names, and the search attributes with which caselink lists batches.
set -eu

until temporal operator cluster health; do sleep 1; done
if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d
fi
# A namespace can be used some seconds after it was created.
until temporal workflow count >/dev/null 2>&1; do sleep 1; done
temporal operator search-attribute create \
  --name CaselinkState --type Keyword --name CaselinkEndpoint --type Keyword --name CaselinkKind --type Keyword

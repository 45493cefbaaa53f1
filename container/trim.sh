#!/bin/sh
# Removes from an environment what serving never reads: trim.sh ENVIRONMENT. Then compiles the rest.
set -eu
cd "$1"/lib/python3.*/site-packages
rm -rf pip pip-* tests docs
# The wheel has the validated bundles, so nothing is bundled or validated here.
rm -rf prance* openapi_spec_validator* openapi_schema_validator* pydantic* ruamel* chardet*
# Telephone numbers are only parsed and validated; the names of places and carriers are not read.
rm -rf phonenumbers/geodata phonenumbers/carrierdata phonenumbers/tzdata
find . -type d -name tests -prune -exec rm -rf {} +
find . -type f \( -name '*.pyi' -o -name '*.js.map' -o -name '*.css.map' \) -delete
python3 -m compileall -q .

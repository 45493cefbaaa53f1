# The sandbox, without what the contract tests need:
#
#     docker build -t cal-mock .
#     docker run --rm -p 127.0.0.1:8080:8080 cal-mock
#
# Every option of `cal-mock serve` is an environment variable, too: -e CAL_MOCK_STRICT=1
ARG PYTHON=python:3.13-alpine

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_COMPILE=1
WORKDIR /src
COPY requirements.lock requirements-dev.lock ./
RUN python -m venv /opt/build \
 && python -m venv --without-pip /opt/cal-mock \
 && grep -oE '^[a-z0-9.-]+==[^ ]+' requirements-dev.lock > /tmp/pins \
 && /opt/build/bin/pip install -q --only-binary=:all: -c /tmp/pins hatchling \
 && /opt/build/bin/pip --python /opt/cal-mock install -q --only-binary=:all: --require-hashes -r requirements.lock
COPY . .
# Making the wheel validates the description and puts the bundles of all editions into it, for which the build borrows
# the libraries of the sandbox. A sandbox that was installed from it makes no bundles, and reads of telephone numbers
# neither the place nor the carrier: what only serves that stays behind.
RUN PYTHONPATH=$(echo /opt/cal-mock/lib/python3.*/site-packages) \
    /opt/build/bin/pip wheel -q --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/build/bin/pip --python /opt/cal-mock install -q --no-deps /tmp/wheel/*.whl \
 && /opt/build/bin/pip --python /opt/cal-mock uninstall -q -y \
    prance openapi-spec-validator openapi-schema-validator pydantic pydantic-core pydantic-settings ruamel-yaml \
 && cd /opt/cal-mock/lib/python3.*/site-packages \
 && rm -rf phonenumbers/geodata phonenumbers/carrierdata phonenumbers/tzdata \
 && find . -type d -name tests -prune -exec rm -rf {} + \
 && find . -type f \( -name '*.pyi' -o -name '*.map' \) -delete \
 && /opt/cal-mock/bin/python -m compileall -q .

FROM ${PYTHON}
ARG VERSION=unknown
LABEL org.opencontainers.image.title="cal-mock" \
      org.opencontainers.image.description="A stateful sandbox of the Cal.com API v2" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
# For a volume with the log: CAL_MOCK_STORE=file:/data/commits.log
RUN mkdir /data && chown 65532:65532 /data
COPY --from=build /opt/cal-mock /opt/cal-mock
# Only the log is written. Nothing is lost without a folder for temporary files: the file system may be read-only.
ENV PATH=/opt/cal-mock/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 XDG_CACHE_HOME=/tmp CAL_MOCK_HOST=0.0.0.0
VOLUME /data
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=2s --start-period=10s \
  CMD wget -q -O /dev/null "http://127.0.0.1:${CAL_MOCK_PORT:-8080}/_sandbox/health"
ENTRYPOINT ["cal-mock"]
CMD ["serve"]

# syntax=docker/dockerfile:1
# The sandbox alone, without the contract tests' dependencies: docker build -t cal-mock . && docker run -p 8080:8080 cal-mock

FROM python:3.13-alpine AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/cal-mock && python -m venv /opt/builder && /opt/builder/bin/pip install -q hatchling
COPY requirements.lock ./
RUN /opt/cal-mock/bin/pip install -q --no-compile --only-binary=:all: --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY openapi openapi
COPY mock_server mock_server
COPY contract_tests contract_tests
# Building the wheel validates the description and puts the bundles of all editions into it. The bundler needs the
# sandbox's dependencies, so the builder borrows them.
RUN PYTHONPATH=$(echo /opt/cal-mock/lib/python3.*/site-packages) \
    /opt/builder/bin/pip wheel -q --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/cal-mock/bin/pip install -q --no-compile --no-deps /tmp/wheel/*.whl
COPY container/trim.sh ./
RUN sh trim.sh /opt/cal-mock

FROM python:3.13-alpine
# The image's own pip is not needed to serve.
RUN rm -rf /usr/local/lib/python3.*/site-packages/pip* /usr/local/lib/python3.*/ensurepip /usr/local/lib/python3.*/idlelib
COPY --from=build /opt/cal-mock /opt/cal-mock
ENV PATH=/opt/cal-mock/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 XDG_CACHE_HOME=/tmp
# A file log (CAL_MOCK_STORE=file:/data/commits.log) belongs into this folder.
RUN mkdir /data && chown 65532:65532 /data
VOLUME /data
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=2s --start-period=10s \
  CMD wget -q -O /dev/null "http://127.0.0.1:${CAL_MOCK_PORT:-8080}/_sandbox/health"
ENTRYPOINT ["cal-mock"]
CMD ["serve", "--host", "0.0.0.0"]

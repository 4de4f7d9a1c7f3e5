# The production image: web server, worker, clock and one-shot commands are the same image with another command.
# Name an image by digest for builds that must not change: docker build --build-arg PYTHON=python@sha256:...
ARG PYTHON=python:3.13.9-slim-trixie

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.lock /tmp/requirements.lock
# Wheels only, and only those whose hash is in the lock.
RUN pip install --require-hashes --only-binary :all: -r /tmp/requirements.lock
WORKDIR /app
COPY manage.py ./
COPY accounts/ accounts/
COPY assurance/ assurance/
COPY audit/ audit/
COPY channel_registry/ channel_registry/
COPY config/ config/
COPY consent/ consent/
COPY delegation/ delegation/
COPY examples/ examples/
COPY keyring/ keyring/
COPY kit/ kit/
COPY notifications/ notifications/
COPY oauth/ oauth/
COPY portal/ portal/
COPY resolution/ resolution/
COPY sessions_hub/ sessions_hub/
COPY sync/ sync/
# Collecting needs settings, but no secret and no server.
RUN THROUGHLINE_MODE=test DATABASE_URL=sqlite:///:memory: STATIC_ROOT=/app/static python manage.py collectstatic --noinput
RUN python -m compileall -q /app

FROM ${PYTHON}
RUN groupadd --system --gid 10001 throughline \
    && useradd --system --uid 10001 --gid throughline --home-dir /data --shell /usr/sbin/nologin throughline \
    && install -d -o throughline -g throughline -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    THROUGHLINE_MODE=production \
    STATIC_ROOT=/app/static \
    DATA_DIR=/data \
    WEB_HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
USER throughline
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Alive, not ready: a container whose database is away should wait for it and not be replaced.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/livez', timeout=2)"]
CMD ["python", "manage.py", "serve"]

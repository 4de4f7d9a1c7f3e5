"""A minimal project around django-oauth-toolkit. BENCH_TUNED=1 changes what the documentation says makes it fast."""

import os
from pathlib import Path

TUNED = os.environ.get("BENCH_TUNED") == "1"
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "bench.peers.dot.urls"
WSGI_APPLICATION = "bench.peers.dot.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [Path(__file__).parent],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["DB_NAME"],
        "HOST": os.environ["DB_HOST"],
        "USER": os.environ["DB_USER"],
        "CONN_MAX_AGE": None if TUNED else 0,
    }
}
PASSWORD_HASHERS = [
    *(["bench.peers.dot.hashers.Argon2", "bench.peers.dot.hashers.Sha256"] if TUNED else []),
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_REDIRECT_URL = "/"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": os.environ["RSA_KEY"],
    "OAUTH2_VALIDATOR_CLASS": "bench.peers.dot.claims.Validator",
    "SCOPES": {"openid": "", "profile": "", "email": "", "decisions": ""},
    "DEFAULT_SCOPES": ["decisions"],
    **({"CLIENT_SECRET_HASHER": "sha256_secret"} if TUNED else {}),
}
LOGGING_CONFIG = None

"""Settings: one file for every mode; what differs comes from `config/environment.py`."""

from urllib.parse import urlsplit

import django_stubs_ext
import scim2_models  # noqa: F401 - here: its classes read their sources by a walk over all modules there are by then
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.environment import BASE_DIR, DATA_DIR, MODE, PRODUCTION, env
from config.logs import logging_config
from config.schedule import EVERY_SO_OFTEN

__all__ = ["BASE_DIR", "DATA_DIR", "MODE"]

django_stubs_ext.monkeypatch()  # lets `ModelAdmin[Model]` and its like stand in code, as the type checker wants them

# --- Who we are -----------------------------------------------------------------------------------------

ISSUER_URL = environment.read_issuer()
HTTPS = ISSUER_URL.startswith("https://")
DEBUG = environment.only_outside_production("DEBUG", False, bool)
SECRET_KEY = environment.read_secret("SECRET_KEY", environment.new_secret_key)
KEY_ENCRYPTION_KEY = environment.check_key(
    "KEY_ENCRYPTION_KEY", environment.read_secret("KEY_ENCRYPTION_KEY", environment.new_encryption_key)
)
# What is being replaced: still good to open and verify what is there.
KEY_ENCRYPTION_KEY_PREVIOUS = [
    environment.check_key("KEY_ENCRYPTION_KEY_PREVIOUS", key)
    for key in env.list("KEY_ENCRYPTION_KEY_PREVIOUS", default=[])
]
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_PREVIOUS", default=[])
SEAL_SIGNING_KEY = environment.check_key(
    "SEAL_SIGNING_KEY", environment.read_secret("SEAL_SIGNING_KEY", environment.new_encryption_key)
)
environment.refuse_weak_secrets(
    SECRET_KEY=SECRET_KEY, KEY_ENCRYPTION_KEY=KEY_ENCRYPTION_KEY, SEAL_SIGNING_KEY=SEAL_SIGNING_KEY
)
ALLOWED_HOSTS = environment.read_hosts(ISSUER_URL)
TRUSTED_PROXY_COUNT = environment.read_number("TRUSTED_PROXY_COUNT", 0, least=0)
RATE_LIMIT_FACTOR = environment.only_outside_production("RATE_LIMIT_FACTOR", 1, int)
FETCH_ALLOW_LOOPBACK = environment.only_outside_production("FETCH_ALLOW_LOOPBACK", False, bool)
CSRF_TRUSTED_ORIGINS = [ISSUER_URL]

# --- Rooms, top of the tower first ------------------------------------------------------------------------

ROOMS = [
    "config",
    "portal",
    "sync",
    "oauth",
    "assurance",
    "resolution",
    "delegation",
    "sessions_hub",
    "consent",
    "accounts",
    "channel_registry",
    "notifications",
    "keyring",
    "audit",
    "kit",
]
INSTALLED_APPS = [
    *(room for room in ROOMS if room != "kit"),
    "config.apps.GatewayAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "rest_framework",
]
MIDDLEWARE = [
    "kit.middleware.TraceMiddleware",
    "config.middleware.ObserveMiddleware",
    # What every answer carries, whoever gives it: a page, a file, a probe, a refusal.
    "config.middleware.SchemeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.ResponseHeadersMiddleware",
    # From here on somebody may answer.
    "kit.middleware.RefusalMiddleware",
    "config.middleware.ProbesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sessions_hub.middleware.BrowserSessionMiddleware",
    "assurance.middleware.ConfidenceMiddleware",
    "oauth.middleware.FormTargetsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.middleware.PagesMiddleware",
    "portal.middleware.PrivacySignalMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
JOURNAL_REACTIONS = "config.reactions.REACTIONS"
JOURNAL_OBSERVER = "config.readers.read_facts"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Stores -----------------------------------------------------------------------------------------------

DATABASES = {"default": environment.read_database()}
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = environment.caches(REDIS_URL)
if PRODUCTION and not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is not set; production needs a Redis or Valkey server.")
CELERY_BROKER_URL = environment.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
# Tasks wait for mail servers and the database, so threads serve.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = environment.read_number("WORKER_THREADS", 4)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # what a worker has not begun, another can take when this one leaves
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = EVERY_SO_OFTEN
# How many days what nobody needs any more is kept.
SESSION_RETENTION_DAYS = environment.read_number("SESSION_RETENTION_DAYS", 90)  # after a session's end
MESSAGE_RETENTION_DAYS = environment.read_number("MESSAGE_RETENTION_DAYS", 30)  # after a message's end
DELIVERY_RETENTION_DAYS = environment.read_number("DELIVERY_RETENTION_DAYS", 30)  # confirmed or given up
FEED_RETENTION_DAYS = environment.read_number("FEED_RETENTION_DAYS", 30)  # deliveries of feeds, and the way back
UNVERIFIED_ACCOUNT_DAYS = environment.read_number("UNVERIFIED_ACCOUNT_DAYS", 7)  # after a sign-up nobody finished
CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker_options(CELERY_BROKER_URL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Mail leaves through the notifications outbox; without a server to send it, the embedded mode shows it on /outbox/.
vars().update(environment.read_email())
EMAIL_TRANSPORT = "smtp" if env.str("EMAIL_URL", default="") else "outbox_page"
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=f"Throughline <no-reply@{urlsplit(ISSUER_URL).hostname or 'localhost'}>"
)
OPERATORS_EMAIL = env.str("OPERATORS_EMAIL", default="")  # incidents of connected systems are mailed there

# --- People: accounts, passwords, sign-in (allauth) --------------------------------------------------------

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.PasswordHasher",  # argon2id, 19 MiB, t = 2, p = 1
    "kit.hashers.MachineSecretHasher",  # SHA-256, for client secrets of 256 random bits only
]
# Of the threads that serve, so many may wait for a password; the others are for everything else.
PASSWORD_HASHES_WAITING = environment.read_number("WEB_THREADS", 16) * RATE_LIMIT_FACTOR // 2 or 1
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"accounts.validators.{name}"} for name in ("LengthValidator", "CommonValidator", "ContextValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmAddressForm",
    "confirm_login_code": "accounts.forms.SignInCodeForm",
    "confirm_password_reset_code": "accounts.forms.ResetCodeForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
# Requests that cost a mail or a hash, however they end. Tries to prove something are PROOF_RATE_LIMITS below.
ACCOUNT_RATE_LIMITS = {
    "login": f"{30 * RATE_LIMIT_FACTOR}/m/ip",
    "login_failed": None,
    "signup": f"{20 * RATE_LIMIT_FACTOR}/m/ip",
    "reset_password": f"{20 * RATE_LIMIT_FACTOR}/m/ip,{5 * RATE_LIMIT_FACTOR}/m/key",
    "reset_password_from_key": f"{20 * RATE_LIMIT_FACTOR}/m/ip",
    "request_login_code": f"{20 * RATE_LIMIT_FACTOR}/m/ip,{5 * RATE_LIMIT_FACTOR}/m/key",
    "reauthenticate": f"{10 * RATE_LIMIT_FACTOR}/m/user",
    "change_password": f"{5 * RATE_LIMIT_FACTOR}/m/user",
    "manage_email": f"{10 * RATE_LIMIT_FACTOR}/m/user",
    "confirm_email": f"{RATE_LIMIT_FACTOR}/m/key",
}
# Wrong answers, whatever was asked for: see accounts.throttles.
PROOF_RATE_LIMITS = {
    "known_device": f"{10 * RATE_LIMIT_FACTOR}/15m/key",
    "known_device_second_step": f"{40 * RATE_LIMIT_FACTOR}/24h/key",
    "account_and_network": f"{5 * RATE_LIMIT_FACTOR}/5m/key",
    "account": f"{30 * RATE_LIMIT_FACTOR}/15m/key",
    "second_step": f"{20 * RATE_LIMIT_FACTOR}/24h/key",
    "network": f"{30 * RATE_LIMIT_FACTOR}/5m/key",
}
SOCIALACCOUNT_ADAPTER = "accounts.upstream.adapter.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = {"webauthn_login": f"{30 * RATE_LIMIT_FACTOR}/m/ip"}
MFA_FORMS = {
    "authenticate": "accounts.forms.AppCodeForm",
    "reauthenticate": "accounts.forms.StepUpCodeForm",
    "authenticate_webauthn": "accounts.forms.PasskeySecondStepForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyStepUpForm",
    "login_webauthn": "accounts.forms.PasskeySignInForm",
    "signup_webauthn": "accounts.forms.PasskeySignUpForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
}
MFA_TOTP_ISSUER = "Throughline"

# --- Browser sessions, cookies, headers ---------------------------------------------------------------------

_COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_ENGINE = "sessions_hub.browser_store"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}throughline"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 30 * 24 * 3600
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}throughline-csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
# In the browser session and not in a cookie of its own: the admin shows a new client's secret by way of a message.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DEVICE_COOKIE_NAME = f"{_COOKIE_PREFIX}throughline-device"
SECURE_SSL_REDIRECT = False  # the proxy in front terminates TLS and redirects
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for other subdomains, and
    "security.W021",  # in the browsers' own lists, is for the owner of the domain to decide
    "security.W008",  # see SECURE_SSL_REDIRECT
    "oauth2_provider.W007",  # about the toolkit's token endpoint; ours ends the family of a replayed token (0017)
    "oauth2_provider.W008",  # about the toolkit's check of redirect URIs; oauth.rules decides on ours
]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"  # nobody may use it, not even we
    for feature in [
        *("accelerometer", "bluetooth", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope"),
        *("idle-detection", "magnetometer", "microphone", "midi", "payment", "serial", "usb"),
    ]
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- OAuth and OpenID Connect (django-oauth-toolkit) ----------------------------------------------------------

OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "oauth.DeviceGrant"
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": ISSUER_URL,
    "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
    "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_SERVER_CLASS": "oauth.server.GatewayServer",
    "OAUTH2_VALIDATOR_CLASS": "oauth.validator.GatewayValidator",
    "OAUTH2_BACKEND_CLASS": "oauth.backend.GatewayBackend",
    "SCOPES_BACKEND_CLASS": "oauth.scopes.GatewayScopes",
    "CLIENT_SECRET_HASHER": "machine_secret",
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "ID_TOKEN_EXPIRE_SECONDS": 600,
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["http", "https"],
    "OAUTH_PRE_TOKEN_VALIDATION": [],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}

# --- The API --------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oauth.authentication.AccessTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "kit.permissions.Herself"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "kit.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Throughline API",
    "DESCRIPTION": "What channels and apps may ask of the gateway. For the OAuth endpoints see its discovery document.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": ISSUER_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["config.openapi.describe_problems"],
}

# --- Words, files, logs, metrics ----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
# In production `collectstatic` puts files here under names that change with their content; elsewhere they are served
# from where they lie.
COLLECTED_STATIC_FILES = PRODUCTION or bool(env.str("STATIC_ROOT", default=""))
STATIC_ROOT = env.str("STATIC_ROOT", default=str(DATA_DIR / "static")) if COLLECTED_STATIC_FILES else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": environment.storage_of_static_files(collected=COLLECTED_STATIC_FILES)},
}
WHITENOISE_USE_FINDERS = not COLLECTED_STATIC_FILES
LOGGING = logging_config(
    json_lines=PRODUCTION, level=environment.read_log_level("WARNING" if MODE == "test" else "INFO"), rooms=ROOMS
)
METRICS_ALLOWED = environment.read_networks("METRICS_ALLOWED", default=["127.0.0.0/8", "::1/128"])
POLICY_CHECK = "assurance.queries.list_unmeetable"  # what no policy may ask for
GEOIP_DATABASE = environment.read_file("GEOIP_DATABASE")  # places of sessions, for those who look at them
# Who answers for the data, as consent receipts name it.
CONTROLLER_NAME = env.str("CONTROLLER_NAME", default=urlsplit(ISSUER_URL).hostname or "localhost")
CONTROLLER_ADDRESS = env.str("CONTROLLER_ADDRESS", default=ISSUER_URL)
CONTROLLER_CONTACT = env.str("CONTROLLER_CONTACT", default=DEFAULT_FROM_EMAIL)
CONTROLLER_COUNTRY = env.str("CONTROLLER_COUNTRY", default="")  # ISO 3166-1 alpha-2, where its data is kept
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
WORKER_METRICS = env.str("WORKER_METRICS", default="")  # host:port where a worker serves its own counts

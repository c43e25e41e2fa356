"""The site's settings; what an operator may change comes from the environment."""

from __future__ import annotations

from pathlib import Path

from conductor_site import environment, home

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where things live -------------------------------------------------------

CONDUCTOR_HOME = environment.folder("CONDUCTOR_HOME", Path.cwd() / ".conductor")
CONDUCTOR_FILES = environment.folder("CONDUCTOR_FILES", CONDUCTOR_HOME / "files")
CONDUCTOR_VALUES = environment.folder("CONDUCTOR_VALUES", CONDUCTOR_HOME / "values")
HOST = environment.text("HOST", "127.0.0.1")
PORT = environment.number("PORT", 8000, least=1, most=65535)

# --- security ----------------------------------------------------------------

DEBUG = environment.flag("CONDUCTOR_DEBUG", default=False)
home.prepare(CONDUCTOR_HOME)
SECRET_KEY = environment.text("CONDUCTOR_SECRET_KEY", "") or home.secret_key(CONDUCTOR_HOME)
# Keys that the site had: what they have sealed and signed is still read.
SECRET_KEY_FALLBACKS = sorted(environment.names("CONDUCTOR_OLD_SECRET_KEYS"))
ALLOWED_HOSTS = sorted(
    environment.names("CONDUCTOR_HOSTS") | {"localhost", "127.0.0.1", "[::1]", HOST} - {"0.0.0.0"}  # noqa: S104
)
CSRF_TRUSTED_ORIGINS = sorted(environment.origins("CONDUCTOR_ORIGINS"))
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Behind a proxy that speaks TLS the cookies are sent over TLS only, and the proxy says which
# requests came so; a laptop's http://127.0.0.1 has neither.
TLS = environment.flag("CONDUCTOR_TLS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
# The proxies whose X-Forwarded-For says who sent a webhook's request.
CONDUCTOR_TRUSTED_PROXIES = environment.networks("CONDUCTOR_TRUSTED_PROXIES")
SESSION_COOKIE_NAME = "conductor_session"
CSRF_COOKIE_NAME = "conductor_csrf"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# How much of a request Django itself reads into memory; documents are bounded again by the graph.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# --- applications ------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "editor",
    "runner",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "conductor_site.security.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "conductor_site.urls"
ASGI_APPLICATION = "conductor_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "editor.pages.approvals.waiting",
            ],
        },
    },
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/blueprints/"
LOGOUT_REDIRECT_URL = "/sign-in/"

# --- database and channels ---------------------------------------------------

# Seconds that a request waits for the database. Senders of webhooks seldom wait longer than ten.
CONDUCTOR_DATABASE_TIMEOUT = environment.number("CONDUCTOR_DATABASE_TIMEOUT", 8, least=1, most=600)
DATABASES = {
    "default": environment.database(
        "CONDUCTOR_DATABASE_URL", CONDUCTOR_HOME / "db.sqlite3", CONDUCTOR_DATABASE_TIMEOUT
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A message of a layer only wakes somebody; the rows are the truth, so losing one is harmless.
CHANNEL_LAYERS = {"default": environment.channel_layer("CONDUCTOR_REDIS_URL")}

# --- runs --------------------------------------------------------------------

# The site's own example endpoint may be called although its address is private.
CONDUCTOR_HTTP_ALLOW = environment.names("CONDUCTOR_HTTP_ALLOW") | {f"{HOST}:{PORT}"}
CONDUCTOR_URL = environment.address("CONDUCTOR_URL", f"http://{HOST}:{PORT}")
CONDUCTOR_VARS = {"site": CONDUCTOR_URL}
CONDUCTOR_CONCURRENT_RUNS = environment.number(
    "CONDUCTOR_CONCURRENT_RUNS", 100, least=1, most=100_000
)
# How many runs all workers together may execute at once; 0: as many as each of them may.
CONDUCTOR_SITE_RUNS = environment.number("CONDUCTOR_SITE_RUNS", 0, least=0, most=1_000_000)
# Where workers learn which runs begin next: the rows themselves, or jobs of PgQueuer.
CONDUCTOR_QUEUE = environment.queue_engine("CONDUCTOR_QUEUE", str(DATABASES["default"]["ENGINE"]))
# What this process' worker has that runs may ask for, such as gpu or eu.
CONDUCTOR_LABELS = environment.labels("CONDUCTOR_LABELS")
# How long steps and requests under way may take to end after the process was asked to.
CONDUCTOR_DRAIN_SECONDS = environment.number("CONDUCTOR_DRAIN_SECONDS", 5, least=0, most=3600)
# How many calls may lead from one run to another: what bounds a recursion that does not end.
CONDUCTOR_CALL_DEPTH = environment.number("CONDUCTOR_CALL_DEPTH", 20, least=1, most=1000)

# What listeners may listen to, by the names that the operator gives.
CONDUCTOR_CONNECTIONS = environment.connections("CONDUCTOR_CONNECTIONS")
# Days of nothing but failure after which an endpoint is switched off; 0: never.
CONDUCTOR_ENDPOINT_DAYS = environment.number("CONDUCTOR_ENDPOINT_DAYS", 5, least=0, most=365)

# --- what is kept of what is over; 0 keeps all ---------------------------------

CONDUCTOR_KEEP_JOURNALS_DAYS = environment.number(
    "CONDUCTOR_KEEP_JOURNALS_DAYS", 30, least=0, most=36_500
)
CONDUCTOR_KEEP_JOURNALS = environment.number("CONDUCTOR_KEEP_JOURNALS", 10_000, least=0, most=10**9)
CONDUCTOR_KEEP_JOURNALS_MIB = environment.number(
    "CONDUCTOR_KEEP_JOURNALS_MIB", 10_240, least=0, most=10**9
)
CONDUCTOR_KEEP_RUNS_DAYS = environment.number("CONDUCTOR_KEEP_RUNS_DAYS", 365, least=0, most=36_500)
CONDUCTOR_KEEP_RUNS = environment.number("CONDUCTOR_KEEP_RUNS", 100_000, least=0, most=10**9)
CONDUCTOR_KEEP_DELIVERIES_DAYS = environment.number(
    "CONDUCTOR_KEEP_DELIVERIES_DAYS", 30, least=0, most=36_500
)
CONDUCTOR_KEEP_DELIVERIES = environment.number(
    "CONDUCTOR_KEEP_DELIVERIES", 10_000, least=0, most=10**9
)

# --- what it tells of itself -------------------------------------------------

CONDUCTOR_METRICS_TOKEN = environment.secret("CONDUCTOR_METRICS_TOKEN", least=16)
CONDUCTOR_METRICS_ALLOW = environment.networks("CONDUCTOR_METRICS_ALLOW")
# 0: a worker of its own listens nowhere.
CONDUCTOR_WORKER_PORT = environment.number("CONDUCTOR_WORKER_PORT", 0, least=0, most=65535)

# --- API ---------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "editor.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "editor.api.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Conductor",
    "DESCRIPTION": "Draw blueprints, run them, and read what happened.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "Right": "editor.models.Right",
        "GivenRight": "editor.models.GIVEN",
        "KindOfCredential": "runner.nodes.credentials.NAMES",
        "MessageStatus": "runner.models.MessageStatus",
        "ShownStatus": "runner.models.SHOWN_STATUSES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    # Links within the buttons that open an operation could be reached by no reader of the screen.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- language, time, files, logs ---------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = environment.time_zone("CONDUCTOR_TIME_ZONE", "UTC")
USE_I18N = False
FORMAT_MODULE_PATH = "conductor_site.formats"
USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = CONDUCTOR_HOME / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
LOG_LEVEL = environment.choice(
    "CONDUCTOR_LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
)
LOG_FORMAT = environment.choice("CONDUCTOR_LOG_FORMAT", "TEXT", ("TEXT", "JSON"))
# Django warns of each request that it refuses. The caller was told; the site is healthy.
REFUSALS = {"level": "ERROR" if LOG_LEVEL == "WARNING" else LOG_LEVEL}
# Of some, such as those for another host, it says so as if the site had failed, with a traceback.
SUSPICIONS = {"level": LOG_LEVEL if LOG_LEVEL in ("DEBUG", "INFO") else "CRITICAL"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "TEXT": {"()": "conductor_site.logs.Lines"},
        "JSON": {"()": "conductor_site.logs.Objects"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {
        "handlers": ["console"],
        "level": LOG_LEVEL,
    },
    "loggers": {
        "django.request": REFUSALS,
        "django.security": SUSPICIONS,
        "django.security.csrf": REFUSALS,
        # Of each caller who speaks no HTTP it says so, whoever that is, as often as they like.
        "uvicorn": REFUSALS,
        # To debug it tells the heads of answers, in which a server may repeat a secret.
        "httpcore": {"level": "INFO" if LOG_LEVEL == "DEBUG" else LOG_LEVEL},
    },
}

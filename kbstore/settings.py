"""All settings of kbstore, read from the environment once; docs/settings.md has a row for each."""

from __future__ import annotations

from pathlib import Path

import dj_database_url
from django.core.management.utils import get_random_secret_key

from kbstore import env
from kbstore.logs import logging_config
from kbstore.secrets_store import read_or_create_secret

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
API_TITLE = "DuckDB Storage API"

# Directories -----------------------------------------------------------------------------------------------------
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "data")
DUCKDB_DIR = env.path("DUCKDB_DIR", DATA_DIR / "duckdb")
FILES_DIR = env.path("FILES_DIR", DATA_DIR / "files")
SNAPSHOTS_DIR = env.path("SNAPSHOTS_DIR", DATA_DIR / "snapshots")
VERSIONS_DIR = env.path("VERSIONS_DIR", DATA_DIR / "versions")
STAGING_DIR = DATA_DIR / "_staging"
UPLOADS_DIR = DATA_DIR / "_uploads"
LOCKS_DIR = DATA_DIR / "_locks"
TEMP_DIR = env.path("KBSTORE_TEMP_DIR", DATA_DIR / "_temp")
BACKUP_DIR = env.path("KBSTORE_BACKUP_DIR", DATA_DIR / "_backups")

# Server ----------------------------------------------------------------------------------------------------------
HOST = env.text("HOST", "0.0.0.0")  # noqa: S104 - a server in a container has to listen to its network
PORT = env.integer("PORT", 8000, minimum=0, maximum=65535)
DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.secret("KBSTORE_SECRET_KEY") or read_or_create_secret(DATA_DIR / "secret_key", get_random_secret_key)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["*"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])
TRUST_PROXY_HEADERS = env.boolean("KBSTORE_TRUST_PROXY_HEADERS", False)
CORS_ORIGINS = env.words("KBSTORE_CORS_ORIGINS", ["*"])
SHUTDOWN_GRACE_SECONDS = env.number("KBSTORE_SHUTDOWN_GRACE_SECONDS", 30.0)
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.text("LOG_FORMAT", "console")

# Access ----------------------------------------------------------------------------------------------------------
ADMIN_API_KEY = env.secret("ADMIN_API_KEY")
FAILED_LOGINS_PER_MINUTE = env.integer("KBSTORE_FAILED_LOGINS_PER_MINUTE", 300, minimum=1)
FAILED_CONSOLE_LOGINS = env.integer("KBSTORE_FAILED_CONSOLE_LOGINS", 10, minimum=1)
SESSION_COOKIE_AGE = round(env.number("KBSTORE_SESSION_HOURS", 12.0, minimum=0.1) * 3600)
SESSION_IDLE_MINUTES = env.number("KBSTORE_SESSION_IDLE_MINUTES", 120.0, minimum=1.0)
ENFORCE_KEY_SCOPES = env.boolean("KBSTORE_ENFORCE_KEY_SCOPES", True)
METRICS_TOKEN = env.secret("METRICS_TOKEN")
METRICS_PER_TABLE = env.boolean("METRICS_PER_TABLE", True)
STRICT_BRANCH_NAMES = env.boolean("KBSTORE_STRICT_BRANCH_NAMES", False)
REQUIRE_SHARE_FOR_LINK = env.boolean("REQUIRE_SHARE_FOR_LINK", True)

# Engine ----------------------------------------------------------------------------------------------------------
DUCKDB_THREADS = env.integer("DUCKDB_THREADS", 4, minimum=1, maximum=256)
DUCKDB_MEMORY_LIMIT = env.size("DUCKDB_MEMORY_LIMIT", "4GB")
DUCKDB_TEMP_LIMIT = env.size("DUCKDB_TEMP_LIMIT", "100GB")
HEAVY_SLOTS = env.integer("KBSTORE_HEAVY_SLOTS", 2, minimum=1, maximum=64)
READER_POOL_SIZE = env.integer("KBSTORE_READER_POOL_SIZE", 4, minimum=1, maximum=64)
LOCK_TIMEOUT = env.number("LOCK_TIMEOUT", 60.0)
OPERATION_TIMEOUT = env.number("OPERATION_TIMEOUT", 600.0, minimum=1.0)
DEFAULT_TABLE_BACKEND = env.text("KBSTORE_DEFAULT_TABLE_BACKEND", "file")
TABLE_BACKENDS = env.words("KBSTORE_TABLE_BACKENDS", [])
VERSIONS_KEPT = env.integer("KBSTORE_VERSIONS_KEPT", 10, minimum=1)

# Jobs ------------------------------------------------------------------------------------------------------------
JOB_WORKERS = env.integer("KBSTORE_JOB_WORKERS", 2, minimum=0, maximum=64)
SYNC_CEILING = env.number("KBSTORE_SYNC_CEILING", 600.0, minimum=0.1)
JOB_HEARTBEAT = env.number("KBSTORE_JOB_HEARTBEAT", 5.0, minimum=0.1)
MAX_PROJECT_JOBS = env.integer("KBSTORE_MAX_PROJECT_JOBS", 1000, minimum=1)
MAX_SOCKETS = env.integer("KBSTORE_MAX_SOCKETS", 500, minimum=1)
MAX_RUNNING_REQUESTS = env.integer("KBSTORE_MAX_RUNNING_REQUESTS", 100, minimum=1)

# Limits ----------------------------------------------------------------------------------------------------------
MAX_BODY_BYTES = env.size("KBSTORE_MAX_BODY_BYTES", "10MiB")
MAX_FILE_BYTES = env.size("KBSTORE_MAX_FILE_BYTES", "10GiB")
MAX_PROJECT_FILES = env.integer("KBSTORE_MAX_PROJECT_FILES", 10_000, minimum=1)
MAX_PROJECT_BYTES = env.size("KBSTORE_MAX_PROJECT_BYTES", "1TB")
MAX_DESCRIPTION_CHARACTERS = env.integer("KBSTORE_MAX_DESCRIPTION_CHARACTERS", 10_000, minimum=255)
MAX_COLUMNS = env.integer("KBSTORE_MAX_COLUMNS", 4096, minimum=1)
# An index of PostgreSQL takes no more.
MAX_BRANCH_NAME_BYTES = env.integer("KBSTORE_MAX_BRANCH_NAME_BYTES", 2500, minimum=1, maximum=2500)
IDEMPOTENCY_TTL = env.number("IDEMPOTENCY_TTL", 600.0)
IDEMPOTENCY_WAIT = env.number("KBSTORE_IDEMPOTENCY_WAIT", 5.0)
STAGING_TTL_HOURS = env.number("KBSTORE_STAGING_TTL_HOURS", 24.0)
EXPORT_TTL_DAYS = env.number("EXPORT_TTL_DAYS", 7.0)
OPERATIONS_KEPT_DAYS = env.number("KBSTORE_OPERATIONS_KEPT_DAYS", 7.0)
OPERATION_ERRORS_KEPT_DAYS = env.number("KBSTORE_OPERATION_ERRORS_KEPT_DAYS", 30.0)
AUDIT_DAYS = env.number("KBSTORE_AUDIT_DAYS", 365.0)
JOBS_KEPT_DAYS = env.number("KBSTORE_JOBS_KEPT_DAYS", 30.0)

# Workspaces ------------------------------------------------------------------------------------------------------
DRIVER_UPDATE_PROJECT = env.boolean("DRIVER_UPDATE_PROJECT", False)
GRPC_ENABLED = env.boolean("GRPC_ENABLED", True)
GRPC_HOST = env.text("GRPC_HOST", "127.0.0.1")
GRPC_PORT = env.integer("GRPC_PORT", 50051, minimum=0, maximum=65535)
GRPC_WORKERS = env.integer("GRPC_WORKERS", 10, minimum=1)
GRPC_AUTH = env.choice(
    "GRPC_AUTH", "optional" if env.is_loopback(GRPC_HOST) else "required", ("optional", "required", "off")
)
GRPC_QUEUE = env.integer("GRPC_QUEUE", 200, minimum=0)
GRPC_TLS_CERT = env.text("GRPC_TLS_CERT")
GRPC_TLS_KEY = env.text("GRPC_TLS_KEY")
GRPC_TLS_CLIENT_CA = env.text("GRPC_TLS_CLIENT_CA")
GRPC_ALLOW_INSECURE = env.boolean("GRPC_ALLOW_INSECURE", False)
GRPC_REFLECTION = env.boolean("GRPC_REFLECTION", True)
GRPC_KEEPALIVE_SECONDS = env.number("GRPC_KEEPALIVE_SECONDS", 60.0)
GRPC_MAX_CONNECTION_AGE = env.number("GRPC_MAX_CONNECTION_AGE", 0.0)
GRPC_MAX_CONNECTION_AGE_GRACE = env.number("GRPC_MAX_CONNECTION_AGE_GRACE", OPERATION_TIMEOUT)
PGWIRE_HOST = env.text("PGWIRE_HOST", "localhost")
PGWIRE_PORT = env.integer("PGWIRE_PORT", 5432, minimum=1, maximum=65535)
PGWIRE_ENABLED = env.boolean("PGWIRE_ENABLED", True)
PGWIRE_LISTEN_HOST = env.text("PGWIRE_LISTEN_HOST", HOST)
PGWIRE_LISTEN_PORT = env.integer("PGWIRE_LISTEN_PORT", PGWIRE_PORT, minimum=0, maximum=65535)
PGWIRE_MAX_CONNECTIONS_TOTAL = env.integer("PGWIRE_MAX_CONNECTIONS_TOTAL", 100, minimum=1)
PGWIRE_LOG_SQL = env.choice(
    "PGWIRE_LOG_SQL",
    "hash",
    {name: name for name in ("full", "structure", "hash", "off")} | {"true": "full", "false": "hash"},
)
PGWIRE_SLOW_QUERY_SECONDS = env.number("PGWIRE_SLOW_QUERY_SECONDS", 1.0)
QUERY_LOG_DAYS = env.number("KBSTORE_QUERY_LOG_DAYS", 7.0)
QUERY_LOG_ROWS = env.integer("KBSTORE_QUERY_LOG_ROWS", 100_000, minimum=0)
QUERY_FILE_LIMIT = env.size("KBSTORE_QUERY_FILE_LIMIT", "10GB")
PGWIRE_SSL_MODE = env.text("PGWIRE_SSL_MODE", "prefer")
PGWIRE_CONNECTION_STRING = env.boolean("KBSTORE_PGWIRE_CONNECTION_STRING", False)
WORKSPACE_IDLE_SECONDS = env.number("KBSTORE_WORKSPACE_IDLE_SECONDS", 30.0)
WORKSPACE_SPILL_LIMIT = env.size("KBSTORE_WORKSPACE_SPILL_LIMIT", "10GB")
WORKSPACE_GRACE_HOURS = env.number("KBSTORE_WORKSPACE_GRACE_HOURS", 168.0)
PGWIRE_SCRAM_ITERATIONS = env.integer("PGWIRE_SCRAM_ITERATIONS", 4096, minimum=4096, maximum=1_000_000)
PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE = env.integer("PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE", 5, minimum=1)
PGWIRE_IDLE_TIMEOUT_SECONDS = env.integer("PGWIRE_IDLE_TIMEOUT_SECONDS", 3600, minimum=1)
PGWIRE_QUERY_TIMEOUT_SECONDS = env.integer("PGWIRE_QUERY_TIMEOUT_SECONDS", 300, minimum=1)
PGWIRE_MAX_RUNNING_STATEMENTS = env.integer("PGWIRE_MAX_RUNNING_STATEMENTS", 0, minimum=0)
PGWIRE_QUEUE_TIMEOUT_SECONDS = env.number("PGWIRE_QUEUE_TIMEOUT_SECONDS", 60.0)
PGWIRE_SESSION_MEMORY_LIMIT = env.size("PGWIRE_SESSION_MEMORY_LIMIT", "4GB")
INTERNAL_API_TOKEN = env.secret("INTERNAL_API_TOKEN")
INTERNAL_API_ALLOWED_NETS = env.networks("INTERNAL_API_ALLOWED_NETS")
WORKSPACE_SESSIONS_KEPT_DAYS = env.number("WORKSPACE_SESSIONS_KEPT_DAYS", 30.0)

# S3 endpoint -----------------------------------------------------------------------------------------------------
S3_ACCESS_KEY_ID = env.text("S3_ACCESS_KEY_ID", "duckdb")
S3_SECRET_ACCESS_KEY = env.secret("S3_SECRET_ACCESS_KEY") or ADMIN_API_KEY
S3_REGION = env.text("S3_REGION", "local")
S3_SIG_V4_MAX_AGE_SECONDS = env.integer("S3_SIG_V4_MAX_AGE_SECONDS", 900, minimum=1)
S3_ENABLED = env.boolean("S3_ENABLED", True)
S3_LISTEN_HOST = env.text("S3_LISTEN_HOST", HOST)
S3_LISTEN = env.integer("S3_LISTEN", 9000, minimum=0, maximum=65535)
S3_TLS = env.boolean("S3_TLS", False)
S3_TLS_CERT = env.text("S3_TLS_CERT")
S3_TLS_KEY = env.text("S3_TLS_KEY")
S3_DOMAIN = env.text("S3_DOMAIN", "").lower()
S3_PREFIX_PROFILE = env.choice("S3_PREFIX_PROFILE", "contract", {"contract": "contract", "aws": "aws"})
S3_ALLOW_CREATE_BUCKET = env.boolean("S3_ALLOW_CREATE_BUCKET", False)
S3_MAX_PUT_BYTES = env.size("S3_MAX_PUT_BYTES", "5GiB")
S3_MAX_OBJECT_BYTES = env.size("S3_MAX_OBJECT_BYTES", "5TiB")
S3_UPLOAD_TTL_DAYS = env.number("S3_UPLOAD_TTL_DAYS", 7.0)
S3_STRICT_ACL = env.boolean("S3_STRICT_ACL", False)
S3_CORS_ORIGINS = env.words("S3_CORS_ORIGINS", ["*"])
IMPORT_S3_HOSTS = env.words("IMPORT_S3_HOSTS", [])
S3_BODY_PATIENCE_SECONDS = env.number("S3_BODY_PATIENCE_SECONDS", 30.0)
PRESIGN_SECRET_KEY = env.secret("PRESIGN_SECRET_KEY")
PRESIGN_DEFAULT_EXPIRY = env.integer("PRESIGN_DEFAULT_EXPIRY", 3600, minimum=1)
PRESIGN_MAX_EXPIRY = env.integer("PRESIGN_MAX_EXPIRY", 604_800, minimum=1)
BASE_URL = env.text("BASE_URL", "http://localhost:8000").rstrip("/")

# Django ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "kbstore.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_tasks",
    "django_tasks_db",
    "kbstore.apps.KbstoreConfig",
    "files.apps.FilesConfig",
    "storage.apps.StorageConfig",
    "workspaces.apps.WorkspacesConfig",
]
MIDDLEWARE = [
    "kbstore.rest.django_metrics.DjangoMetricsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "kbstore.rest.idempotency.IdempotencyMiddleware",
    "kbstore.rest.middleware.TrailingSlashMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kbstore.console.sessions.SessionLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kbstore.console.content_policy.ContentPolicyMiddleware",
    "kbstore.console.refusals.RefusalMiddleware",
]
ROOT_URLCONF = "kbstore.urls"
ASGI_APPLICATION = "kbstore.asgi.application"
APPEND_SLASH = False
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
            ]
        },
    }
]
DATABASE_URL = env.secret("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'catalog.sqlite3'}"
DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Threads are kept, and their connections with them.
    DATABASES["default"]["CONN_MAX_AGE"] = 300
    # IMMEDIATE takes the write lock at the start of a transaction, so two writers queue instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY"
        ),
    }
else:
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 20}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
#: Of django-prometheus: few, since each view has a histogram of its own.
PROMETHEUS_LATENCY_BUCKETS = (0.01, 0.05, 0.25, 1.0, 5.0, float("inf"))
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "/static/"
# Static files are served from the packages that hold them: there is nothing to collect.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = False
SESSION_ENGINE = "kbstore.console.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.boolean("KBSTORE_SECURE_COOKIES", False)
# The whole body is capped in front of Django; this cap only guards tools that call Django directly.
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
STORAGES = {
    "default": {
        "BACKEND": env.text("KBSTORE_FILE_STORAGE", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.mapping("KBSTORE_FILE_STORAGE_OPTIONS", {"location": str(FILES_DIR)}),
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
REDIS_URL = env.secret("REDIS_URL")
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "kbstore.rest.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": API_TITLE,
    "VERSION": VERSION,
    "DESCRIPTION": "Projects, buckets, tables and files on DuckDB, one immutable file per table version.",
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SECURITY": [{"bearer": []}],
    "APPEND_COMPONENTS": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
}
UNFOLD = {
    "SITE_TITLE": "kbstore",
    "SITE_HEADER": "kbstore",
    "SITE_SUBHEADER": "Storage on DuckDB",
    "SITE_SYMBOL": "database",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}kbstore/favicon.svg"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [f"{STATIC_URL}kbstore/console.css"],
    "SCRIPTS": [f"{STATIC_URL}kbstore/{name}.js" for name in ("console", "charts", "keyboard")],
    "SIDEBAR": {"navigation": "kbstore.console.navigation.sidebar"},
    "ACCOUNT": {"navigation": "kbstore.console.navigation.account_links"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        }
    },
}
LOGGING_CONFIG = None
LOGGING = logging_config(level=LOG_LEVEL, style=LOG_FORMAT)

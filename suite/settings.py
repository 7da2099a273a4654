"""Settings, all from the environment; one file, three modes.

SUITE_MODE says which: ``production`` (the default), ``demo`` (what ``./run`` sets) or ``test``.
Production refuses to start with DEBUG, without SECRET_KEY or without ALLOWED_HOSTS.
"""

from importlib.util import find_spec
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from suite.hooks import *  # noqa: F403  (every hook is a setting)
from suite.hooks import CRM_ONLY

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

SUITE_MODE = env("SUITE_MODE", default="production")
if SUITE_MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured("SUITE_MODE is production, demo or test.")
PRODUCTION = SUITE_MODE == "production"
BUILD = env("SUITE_BUILD", default="0.1.0")

DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var" / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="" if PRODUCTION else "only-for-the-demo-and-the-tests-never-in-production-0123456789")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"])
if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("Production does not run with DEBUG. Unset DEBUG.")
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("only-for-the-demo"):
        raise ImproperlyConfigured("Set SECRET_KEY to at least 50 random characters of your own.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names under which people reach the suite.")
BASE_URL = env("BASE_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=PRODUCTION)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])

# --- applications, from the ground up -------------------------------------------------------
FOUNDATION_APPS = [
    "foundation.people",
    "foundation.usage",
    "foundation.notices",
    "foundation.jobs",
    "foundation.search",
    "foundation.ui",
]
ROLLOUT_APPS = ["implementation", "requirements_mgmt", "training", "feedback"]
INSTALLED_APPS = [
    "suite.apps.SuiteConfig",
    *([] if CRM_ONLY else ["feedback", "training", "requirements_mgmt", "implementation"]),
    "crm_core",
    "docs_site",
    *FOUNDATION_APPS,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "wagtail.contrib.simple_translation",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "ninja",  # its static files: the description of the API loads nothing from elsewhere
    "modelcluster",
    "taggit",
    "simple_history",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "template_partials",
    "django_linear_migrations",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
if find_spec("django_linear_migrations") is None:  # a development tool, absent in production
    INSTALLED_APPS.remove("django_linear_migrations")

MIDDLEWARE = [
    "foundation.room.RoomMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "foundation.people.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "foundation.people.middleware.PersonMiddleware",
    "foundation.people.middleware.CmsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "foundation.ui.middleware.RefusedMiddleware",
    "foundation.usage.middleware.UsageMiddleware",
]

ROOT_URLCONF = "suite.urls"
WSGI_APPLICATION = "suite.wsgi.application"
FORM_RENDERER = "foundation.ui.renderer.FormRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "suite.shell.shell",
            ],
            "builtins": [
                "django.templatetags.l10n",
                "foundation.ui.templatetags.ui",
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]

# --- data ------------------------------------------------------------------------------------
DATABASE_URL = env("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'suite.sqlite3'}")
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    # A page asks for few rows: compiling its statements takes longer than running them, and an index is nearly as quick to read as the next page of a table.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c statement_timeout=60000 -c lock_timeout=20000 -c jit=off -c random_page_cost=1.1"
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("PGBOUNCER", default=False)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env("CACHE_URL", default="")
if CACHE_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL, "KEY_PREFIX": "suite"}}
else:
    # In the database: throttles must be shared by all web processes.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "suite_cache", "OPTIONS": {"MAX_ENTRIES": 20000}}}

# --- people and sign-in ------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "foundation.people.backends.RoleBackend",
    "foundation.people.backends.SignInBackend",
]
ROLES = "suite.roles.ROLES"
CMS_PERMISSION = "docs_site.write_page"  # whose roles hold this verb may enter Wagtail's admin,
CMS_GROUP = "Moderators"  # with what this group of Wagtail's own grants (pages, images, files)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
if SUITE_MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "foundation.people.passwords.ContextWordsValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("username", "email", "display_name")}},
]
ACCOUNT_ADAPTER = "foundation.people.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "foundation.people.adapters.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Per account ("key", "user") and per network ("ip" is a /24 or /64, see AccountAdapter); codes of the second factor count as log-ins.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/300s/key,50/300s/ip",
    "login": "60/m/ip",
    "reset_password": "10/m/ip,5/300s/key",  # nosec B105: rates, not secrets
    "reset_password_from_key": "20/m/ip",  # nosec B105
    "change_password": "5/m/user",  # nosec B105
    "reauthenticate": "10/m/user",
}
ACCOUNT_FORMS = {
    "login": "foundation.people.sign_in_forms.LoginForm",
    "reset_password": "foundation.people.sign_in_forms.ResetPasswordForm",  # nosec B105
    "reset_password_from_key": "foundation.people.sign_in_forms.ResetPasswordKeyForm",  # nosec B105
    "change_password": "foundation.people.sign_in_forms.ChangePasswordForm",  # nosec B105
    "set_password": "foundation.people.sign_in_forms.SetPasswordForm",  # nosec B105
    "reauthenticate": "foundation.people.sign_in_forms.ReauthenticateForm",
}
MFA_ADAPTER = "foundation.people.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "foundation.people.sign_in_forms.CodeForm",
    "reauthenticate": "foundation.people.sign_in_forms.CodeAgainForm",
    "activate_totp": "foundation.people.sign_in_forms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from the administrator
MFA_TOTP_ISSUER = "Suite"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = {}
if env("OIDC_SERVER_URL", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": env("OIDC_PROVIDER_ID", default="sso"),
                "name": env("OIDC_NAME", default="Single sign-on"),
                "client_id": env("OIDC_CLIENT_ID"),
                "secret": env("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": env("OIDC_SERVER_URL")},
            }
        ],
    }

# --- languages ------------------------------------------------------------------------------------
FORMAT_MODULE_PATH = ["foundation.formats"]
LANGUAGE_CODE = env("LANGUAGE_CODE", default="zh-hans" if PRODUCTION else "en")
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
LOCALE_PATHS = [BASE_DIR / "suite" / "locale", BASE_DIR / "foundation" / "locale"]
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = env("TIME_ZONE", default="Asia/Shanghai")

# Office hours of a workday: the clock of answers and escalations
OFFICE_HOURS = env.list("OFFICE_HOURS", default=["09:00-12:00", "13:30-18:00"])

# Calls that one token may make in a minute
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=600)

# --- files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "foundation.ui.finders.NpmFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "foundation.ui.storage.ManifestStorage" if PRODUCTION else "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"  # never served directly: files go through a checked view
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=50 * 1024 * 1024)
FONT_DIR = DATA_DIR / "fonts"

# --- wagtail --------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Suite"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_AUTOSAVE_INTERVAL = 0  # autosave overwrites revisions in place, also approved ones
WAGTAIL_WORKFLOW_ENABLED = False  # sign-off of documents is ours, bound to content
WAGTAILADMIN_LOGIN_URL = "/accounts/login/"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "pptx", "txt", "xlsx"]
WAGTAILDOCS_INLINE_CONTENT_TYPES: list[str] = []  # files of the guide are downloads, none is shown in the page
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database", "SEARCH_CONFIG": "simple"}}

# --- background -----------------------------------------------------------------------------------
QUEUE_DIR = DATA_DIR / "queue"
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    for folder in ("messages", "processed", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "processed_folder": str(QUEUE_DIR / "processed"),
        "control_folder": str(QUEUE_DIR / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7200, "socket_connect_timeout": 2, "socket_timeout": 5}
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# "celery" tells the queue of each job; "manual" leaves jobs to foundation.jobs.sweep.run_waiting (tests, set-up)
JOB_DELIVERY = env("JOB_DELIVERY", default="manual" if SUITE_MODE == "test" else "celery")
JOB_LEASE_SECONDS = env.float("JOB_LEASE_SECONDS", default=30.0)
JOB_MAX_ATTEMPTS = env.int("JOB_MAX_ATTEMPTS", default=3)
JOB_RETRY_SECONDS = env.float("JOB_RETRY_SECONDS", default=20.0)
JOB_SWEEP_SECONDS = env.float("JOB_SWEEP_SECONDS", default=20.0)
JOB_REDELIVER_SECONDS = env.float("JOB_REDELIVER_SECONDS", default=120.0)

# --- mail -----------------------------------------------------------------------------------------
EMAIL_URL = env("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="suite@localhost")

# --- security -------------------------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/cms/"],  # Wagtail's admin has inline scripts; foundation.people.middleware.CmsMiddleware sets the policy there
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # ECharts, Tabler, TomSelect and the Gantt set style attributes.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

MESSAGE_TAGS = {10: "neutral", 20: "info", 25: "good", 30: "watch", 40: "bad"}  # the four meanings
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "foundation.text.OneLineFormatter", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING")},
}
SITE_TITLE = _("Rollout suite")

"""What kind of process this is: which database login, and whether it is a test, a developer's or the demonstration."""

from django.core.exceptions import ImproperlyConfigured

from foundation.environment import env, env_bool

LOGIN = env("PORTAL_LOGIN", "web")
if LOGIN not in {"web", "worker", "owner", "test"}:
    raise ImproperlyConfigured("环境变量 PORTAL_LOGIN 只能是 web、worker、owner 或 test。")
TESTING = LOGIN == "test"
DEBUG = env_bool("DEBUG", "false")
DEMO_NAME = "demonstration-county"
DEMO = env("DEMO", "false") in {"true", DEMO_NAME}
if env("DEMO", "false") not in {"true", "false", DEMO_NAME}:
    raise ImproperlyConfigured(f"环境变量 DEMO 只能是 true、false 或 {DEMO_NAME}。")
if DEMO and not DEBUG and env("DEMO") != DEMO_NAME:
    raise ImproperlyConfigured(f"DEBUG 关闭时不能启用演示模式；确实需要时请写明 DEMO={DEMO_NAME}。")
HTTPS = env_bool("HTTPS", "true")
# "none" says that browsers come straight to this process; nothing said may be an oversight (portal/deploy_checks.py).
PROXIES = env("TRUSTED_PROXY_COUNT", "")
if PROXIES not in {"", "none"} and not (PROXIES.isascii() and PROXIES.isdigit()):
    raise ImproperlyConfigured("环境变量 TRUSTED_PROXY_COUNT 应写反向代理的层数，例如 1；没有反向代理请写 none。")

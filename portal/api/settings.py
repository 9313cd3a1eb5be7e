"""Settings of the JSON interface: how it describes itself. Part of `portal.settings`."""

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "foundation.api.schema.Description"}
SPECTACULAR_SETTINGS = {
    "TITLE": "居民健康服务门户接口",
    "VERSION": "1",
    "DESCRIPTION": "登录的居民（或正在为其办理的家人）自己的档案、结果、预约和消息。用网站的登录会话；改动类请求要带 "
    "X-CSRFToken。错误都是 application/problem+json（RFC 9457）。",
    "SCHEMA_PATH_PREFIX": "/api",
    "SCHEMA_COERCE_PATH_PK": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],
    "SERVERS": [],
    "AUTHENTICATION_WHITELIST": [],
    "SECURITY": [{"session": []}],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "网站的登录会话"}
        }
    },
}

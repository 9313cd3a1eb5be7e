"""Settings of what lies outside: channels that carry messages, authorities that say who somebody is or what is signed.

Part of `portal.settings`.
"""

from django.core.exceptions import ImproperlyConfigured

from foundation.environment import env, env_bool, env_certificates, env_list, env_signing_pair
from portal.process import DEBUG, DEMO, TESTING

SMS_ADAPTER = env("SMS_ADAPTER", "portal.demo.sms.Outbox" if DEMO else "residents.messages_port.NoSms")
# By which an SMS provider signs what people answered; without it the address for replies is not there.
SMS_REPLY_SECRET = env("SMS_REPLY_SECRET", "")
VOICE_ADAPTER = env("VOICE_ADAPTER", "portal.demo.sms.Calls" if DEMO else "residents.messages_port.NoVoice")
WECHAT_ADAPTER = env("WECHAT_ADAPTER", "portal.demo.sms.Wechat" if DEMO else "residents.messages_port.NoWechat")
MAIL_ADAPTER = env("MAIL_ADAPTER", "portal.demo.sms.Letters" if DEMO else "residents.messages_port.NoMail")
EMAIL_HOST = env("EMAIL_HOST", "localhost")
EMAIL_PORT = int(env("EMAIL_PORT", "25"))
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", "false")
EMAIL_HOST_USER = env("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "portal@localhost")
# Authorities that say who somebody is (residents/authorities); the demonstration plays those that are not set up.
OIDC_ISSUER = env("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env("OIDC_CLIENT_ID") if OIDC_ISSUER else ""
OIDC_CLIENT_SECRET = env("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env("OIDC_NAME", "统一身份认证平台")
OIDC_SCOPE = env("OIDC_SCOPE", "openid profile")
OIDC_CLAIMS = env_list("OIDC_CLAIMS", "number=id_number,name=name")
OIDC_ACR_VALUES = env_list("OIDC_ACR_VALUES")
OIDC_AUTH_TIME = env_bool("OIDC_AUTH_TIME", "true")
OIDC_ORIGINS = env_list("OIDC_ORIGINS")
if OIDC_ISSUER and not OIDC_ISSUER.startswith("https://") and not (DEMO or DEBUG or TESTING):
    raise ImproperlyConfigured("环境变量 OIDC_ISSUER 必须以 https:// 开头。")
if any("=" not in word for word in OIDC_CLAIMS):
    raise ImproperlyConfigured("环境变量 OIDC_CLAIMS 应写成 number=字段名,name=字段名。")
LOOPBACK_AUTHORITIES = DEMO or DEBUG or TESTING
WECHAT_APP_ID = env("WECHAT_APP_ID", "")
WECHAT_APP_SECRET = env("WECHAT_APP_SECRET") if WECHAT_APP_ID else ""
AUTHORITIES = [
    *(
        ["residents.authorities.oidc.from_settings"]
        if OIDC_ISSUER
        else ["portal.demo.identity.platform"]
        if DEMO
        else []
    ),
    *(
        ["residents.authorities.wechat.from_settings"]
        if WECHAT_APP_ID
        else ["portal.demo.identity.wechat"]
        if DEMO
        else []
    ),
]
AUTHORITY_ORIGINS = [
    "/".join(address.split("/")[:3])
    for address in [
        *([OIDC_ISSUER, *OIDC_ORIGINS] if OIDC_ISSUER else []),
        *(["https://open.weixin.qq.com"] if WECHAT_APP_ID else []),
    ]
]
# What the portal prints is signed (docs/adr/0027); the certificates of former keys still count as ours.
SIGNING_KEY = env_signing_pair("SIGNING_KEY", env("SIGNING_PASSWORD", ""))
SIGNING_FORMER = env_certificates("SIGNING_FORMER")
SIGNER = env("SIGNER", "records.signing.own_key.OwnKey")

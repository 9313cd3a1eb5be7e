"""What Tencent Cloud's error codes mean, for the people who run the portal, and whether another try can help."""

from residents.messages_port import CannotSend

# The longest beginning of a code that is found here counts; `True`: no further try helps.
WORDS: dict[str, tuple[str, bool]] = {
    "AuthFailure.SecretIdNotFound": ("腾讯云不认识这个 TENCENT_SECRET_ID，请核对密钥。", False),
    "AuthFailure.SignatureExpire": ("服务器的时钟与腾讯云相差超过5分钟，请校准时间。", False),
    "AuthFailure": ("腾讯云没有接受签名，请核对 TENCENT_SECRET_ID 和 TENCENT_SECRET_KEY。", False),
    "FailedOperation.ContainSensitiveWord": ("腾讯云认为短信含敏感词，请与腾讯云核对模板。", True),
    "FailedOperation.InsufficientBalanceInSmsPackage": ("腾讯云短信套餐余量不足，请购买套餐包。", False),
    "FailedOperation.PhoneNumberInBlacklist": ("这个号码退订过短信，腾讯云不再向它发送。", True),
    "FailedOperation.SignatureIncorrectOrUnapproved": ("短信签名没有通过审核，请核对 TENCENT_SMS_SIGNATURE。", False),
    "FailedOperation.TemplateIncorrectOrUnapproved": ("短信模板没有通过审核，或编号填错了。", False),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": ("短信模板的变量个数与报备的不一致。", True),
    "FailedOperation.TemplateUnapprovedOrNotExist": ("短信模板没有通过审核，或编号填错了。", False),
    "InternalError": ("腾讯云内部出错，稍后自动重试。", False),
    "InvalidParameterValue.IncorrectPhoneNumber": ("腾讯云认为手机号格式不对。", True),
    "LimitExceeded.PhoneNumberDailyLimit": ("这个号码今天收到的短信已达腾讯云的上限。", True),
    "LimitExceeded.PhoneNumberOneHourLimit": ("这个号码一小时内收到的短信已达腾讯云的上限，稍后自动重试。", False),
    "LimitExceeded.PhoneNumberThirtySecondLimit": ("这个号码30秒内收到的短信已达腾讯云的上限，稍后自动重试。", False),
    "LimitExceeded": ("发送次数达到腾讯云设置的上限，稍后自动重试。", False),
    "RequestLimitExceeded": ("请求太快，腾讯云让稍等，稍后自动重试。", False),
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": ("TENCENT_SMS_APP 不属于这个腾讯云账号，请核对。", False),
    "UnauthorizedOperation": ("腾讯云账号没有发送权限，请核对子账号授权。", False),
}


def problem_of(code: str) -> CannotSend:
    """A code of Tencent Cloud as a problem in plain Chinese; one that is not known is named and tried again."""
    known = [start for start in WORDS if code == start or code.startswith(f"{start}.")]
    if not known:
        return CannotSend(f"腾讯云没有接受这条消息（{code[:60]}），稍后自动重试。")
    reason, final = WORDS[max(known, key=len)]
    return CannotSend(reason, final=final)

"""Adapters of `residents.messages_port`: Tencent SMS and calls, WeChat, SMTP, and a file for operators' tests."""

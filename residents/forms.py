"""What is typed at the door."""

from allauth.account.forms import LoginForm, RequestLoginCodeForm


class SignInForm(LoginForm):
    pass


class SignInCodeForm(RequestLoginCodeForm):
    pass

"""What is typed to have a helper code sent."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation import clock
from portal.people.forms import NO_FILL, PlaceForm
from residents import documents
from residents.documents import Document


class SendCodeForm(PlaceForm):
    """Whose phone the code goes to, named by the document that the resident shows."""

    prefix = "send"

    number = forms.CharField(
        label=_("居民的证件号码"),
        max_length=30,
        help_text=_("请看着居民出示的证件输入，或放在读卡器上。"),
        widget=forms.TextInput(attrs=NO_FILL),
        error_messages={"required": _("请输入居民的证件号码。")},
    )
    document: Document | None = None

    def clean_number(self) -> str:
        """The number as typed, its document beside it."""
        typed = str(self.cleaned_data["number"])
        self.document = documents.read(typed, timezone.localdate(clock.now()))
        return typed

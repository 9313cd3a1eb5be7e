"""What a reader looks for."""

from django import forms

from health_education.models import Audience, Kind, Tag
from health_education.models.finding import LONGEST_SEARCH


class FindForm(forms.Form):
    """What a reader looks for. Everything is optional; what makes no sense is left out rather than complained about."""

    q = forms.CharField(required=False)
    topic = forms.SlugField(required=False)
    audience = forms.ChoiceField(choices=Audience.choices, required=False)
    kind = forms.ChoiceField(choices=Kind.choices, required=False)
    tag = forms.ChoiceField(choices=Tag.choices, required=False)

    def wanted(self) -> dict[str, str]:
        """The valid part of what was asked, with empty texts for the rest."""
        self.is_valid()
        typed = {name: str(self.cleaned_data.get(name, "")).strip() for name in self.fields}
        return {**typed, "q": typed["q"][:LONGEST_SEARCH]}

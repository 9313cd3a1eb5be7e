"""What was typed to be looked for."""

from django import forms

from records.search.words import LONGEST

MOST_PAGES = 500


class SearchForm(forms.Form):
    """The words. What is longer than anybody types is cut."""

    q = forms.CharField(required=False)

    def clean_q(self) -> str:
        """The words without blanks around them."""
        return str(self.cleaned_data["q"]).strip()[:LONGEST]


def number(typed: str | None) -> int:
    """The number of a page in an address; the first for anything else."""
    return min(int(typed), MOST_PAGES) if typed and typed.isascii() and typed.isdigit() and int(typed) else 1

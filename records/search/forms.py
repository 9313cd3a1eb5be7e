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
    """The number of a page in an address; the first for anything else, the last there may be for any larger one."""
    if not typed or not typed.isascii() or not typed.isdigit():
        return 1
    digits = typed.lstrip("0")[: len(str(MOST_PAGES)) + 1]  # Python refuses to read thousands of them
    return min(int(digits or 1), MOST_PAGES)

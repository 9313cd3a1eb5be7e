"""Why a file is not taken."""


class Unfit(Exception):
    """The file cannot be used; the text tells whoever uploads it why, and what to do."""

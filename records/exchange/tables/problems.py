"""What is wrong with one row, in a sentence that names the column and never repeats what stands in it."""


class BadRow(Exception):
    """A row that cannot be taken as it is; the good rows of the same table are."""

    def __init__(self, sentence: str) -> None:
        super().__init__("bad row")
        self.sentence = sentence


class BadPlan(Exception):
    """A column mapping that cannot be used: every fault in a sentence of its own."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("bad column mapping")
        self.sentences = sentences

"""Whom a message speaks of where that cannot be told for certain: the question, and what the message says of them."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from records.exchange.models import IdentityCase
from records.exchange.problems import CannotApply, Reason
from records.exchange.values import Person, Subject

Question = IdentityCase.Question

WORDS = {
    Question.DIFFERS: "该身份证号码已登记，但姓名、性别或出生日期与登记的不一致。",
    Question.REUSED: "机构的这个患者编号原来对应另一位居民。",
    Question.CONTRADICTS: "性别或出生日期与身份证号码中的不一致。",
    Question.SEVERAL: "同一位患者有多个不同的身份证号码。",
    Question.LOCAL: "消息没有身份证号码；机构的患者编号已经对应一位居民，但姓名、性别或出生日期不一致。",
    Question.NEWBORN: "看来是新生儿，消息里却是别人（多半是母亲）的身份证号码或患者编号。绝不会入母亲的档案。",
    Question.MERGED: "机构把两个患者编号合并了，但它们对应两位不同的居民。没有决定以前，两个编号各归各的。",
    Question.UNNAMED: "只有证件号码相符，没有姓名或姓名不一致，不能确定是哪位居民。",
}
ASK = "请本机构的窗口人员在工作台“核对身份”里决定，或请机构更正后重新发送。"


@dataclass(frozen=True)
class Said:
    """What a message says of its person."""

    numbers: tuple[str, ...] = ()
    name: str = ""
    sex: str = ""
    birth_date: date | None = None

    @classmethod
    def by(cls, one: Person | Subject) -> "Said":
        """What a Patient says, or a reference by document number."""
        if isinstance(one, Subject):
            return cls((one.document_number,), one.name)
        return cls(one.numbers, one.name, one.sex, one.birth_date)

    def written(self) -> str:
        """As it is kept, sealed."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> "Said":
        """What `written` wrote."""
        kept = json.loads(text)
        born = kept["birth_date"]
        return cls(tuple(kept["numbers"]), kept["name"], kept["sex"], date.fromisoformat(born) if born else None)


class IdentityConflict(CannotApply):
    """A message whose person somebody at the facility must settle.

    `whose` is the registered person, where it is not who holds the number in the message; `keeps`: the patient number
    is trusted as before while the question is open.
    """

    def __init__(self, question: Question, said: Said, *, whose: "Whose | None" = None, keeps: bool = False) -> None:
        super().__init__(Reason.IDENTITY_CONFLICT, WORDS[question] + ASK)
        self.question = question
        self.said = said
        self.whose = whose
        self.keeps = keeps


@dataclass(frozen=True)
class Whose:
    """Whose a patient number is; of a merge also whose the number is that stays, and that number."""

    resident_id: UUID
    other_id: UUID | None = None
    into: str = ""

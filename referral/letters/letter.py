"""What a hospital sends back (health-record.md §9, 回转单): values only. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kernel.messages import _
from records.api import FREQUENCIES

PARTS: Final = {
    "diagnosis": ("29308-4", _("诊断结果")),
    "results": ("30954-2", _("主要检查结果")),
    "course": ("8648-8", _("治疗经过")),
    "next_plan": ("18776-5", _("下一步治疗方案")),
    "rehabilitation": ("8653-8", _("康复建议")),
    "whole": ("34109-9", _("反馈原文")),
}
"""The written parts of a letter by key: the LOINC code of its section, and its title."""
DRUGS: Final = ("10183-2", _("出院带药和继续用药"))
ATTACHED: Final = ("77599-9", _("附件"))


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug to go on with: dose and frequency in words or a key of FREQUENCIES.

    `until` is the last day on which it is taken; None where it is taken for good (长期).
    """

    name: str
    dose: str
    frequency: str
    until: date | None = None

    @property
    def frequency_title(self) -> str:
        """What the frequency is called; one that is no key of ours is said as it stands."""
        return FREQUENCIES[self.frequency][0] if self.frequency in FREQUENCIES else self.frequency


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: what it was called, its media type by its content, its bytes."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A return letter as it is written.

    `texts` are by the keys of PARTS; `codes` the ICD-10 codes of the diagnosis; `number` the
    hospital's own number of the patient (住院病案号). `indication` (L1…L8) and its `words` are
    given where the person is offered back, `indicated` says whether the receiver finds that the
    indication for the referral was met.
    """

    texts: dict[str, str]
    codes: tuple[str, ...] = ()
    number: str = ""
    drugs: Sequence[Drug] = ()
    follow_up_on: date | None = None
    indicated: bool | None = None
    files: Sequence[File] = ()
    indication: str = ""
    words: str = ""

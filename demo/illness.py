"""What people of the synthetic city suffer from and are given: tables, no behaviour.

Shares by age are rough figures of the Chinese coast: about one adult in four has hypertension,
one in ten type 2 diabetes. Codes: ICD-10 (WHO) with the national extension, ATC, ICD-9-CM-3, CVX.
"""

from dataclasses import dataclass
from typing import Final

from demo.clinic import Diagnosis, Drug

HYPERTENSION: Final = Diagnosis("I10", "I10.x00", "原发性高血压")
DIABETES: Final = Diagnosis("E11.9", "E11.900", "2型糖尿病")
CORONARY: Final = Diagnosis("I25.1", "I25.101", "冠状动脉粥样硬化性心脏病")
COPD: Final = Diagnosis("J44.9", "J44.900", "慢性阻塞性肺疾病")
STROKE: Final = Diagnosis("I63.9", "I63.900", "脑梗死")
LIPIDS: Final = Diagnosis("E78.5", "E78.500", "高脂血症")


@dataclass(frozen=True, slots=True)
class Chronic:
    """A lasting illness: share in percent at the ages 30, 45, 60 and 75, and its usual drugs."""

    diagnosis: Diagnosis
    shares: tuple[float, float, float, float]
    drugs: tuple[Drug, ...]


AMLODIPINE: Final = Drug("C08CA01", "苯磺酸氨氯地平片", "5", "mg", 1)
METFORMIN: Final = Drug("A10BA02", "盐酸二甲双胍片", "500", "mg", 2)
CHRONIC: Final = (
    Chronic(
        HYPERTENSION,
        (4, 20, 42, 57),
        (
            AMLODIPINE,
            Drug("C09CA03", "缬沙坦胶囊", "80", "mg", 1),
            Drug("C08CA05", "硝苯地平控释片", "30", "mg", 1),
            Drug("C09CA04", "厄贝沙坦片", "150", "mg", 1),
            Drug("C03AA03", "氢氯噻嗪片", "12.5", "mg", 1),
        ),
    ),
    Chronic(
        DIABETES,
        (1, 8, 17, 21),
        (
            METFORMIN,
            Drug("A10BB12", "格列美脲片", "2", "mg", 1),
            Drug("A10BF01", "阿卡波糖片", "50", "mg", 3),
            Drug("A10BK01", "达格列净片", "10", "mg", 1),
        ),
    ),
    Chronic(
        CORONARY,
        (0, 1.5, 7, 15),
        (
            Drug("B01AC06", "阿司匹林肠溶片", "100", "mg", 1),
            Drug("C10AA05", "阿托伐他汀钙片", "20", "mg", 1),
        ),
    ),
    Chronic(STROKE, (0, 0.7, 4, 9), (Drug("B01AC06", "阿司匹林肠溶片", "100", "mg", 1),)),
    Chronic(COPD, (0, 1, 4, 8), (Drug("R03BB04", "噻托溴铵吸入粉雾剂", "18", "ug", 1, "吸入"),)),
    Chronic(LIPIDS, (2, 7, 12, 12), (Drug("C10AA05", "阿托伐他汀钙片", "20", "mg", 1),)),
)


@dataclass(frozen=True, slots=True)
class Acute:
    """A passing illness: what is given, and after how many days it is usually over."""

    diagnosis: Diagnosis
    days: int
    drug: Drug | None = None
    fever: bool = False


_AMOXICILLIN: Final = Drug("J01CA04", "阿莫西林胶囊", "500", "mg", 3)
_IBUPROFEN: Final = Drug("M01AE01", "布洛芬缓释胶囊", "300", "mg", 2)
ACUTE: Final = (
    Acute(Diagnosis("J06.9", "J06.900", "急性上呼吸道感染"), 6, fever=True),
    Acute(Diagnosis("J06.9", "J06.900", "急性上呼吸道感染"), 6, _IBUPROFEN, True),
    Acute(Diagnosis("J20.9", "J20.900", "急性支气管炎"), 10, _AMOXICILLIN, True),
    Acute(Diagnosis("J03.9", "J03.900", "急性扁桃体炎"), 7, _AMOXICILLIN, True),
    Acute(
        Diagnosis("K29.5", "K29.500", "慢性胃炎"),
        28,
        Drug("A02BC01", "奥美拉唑肠溶胶囊", "20", "mg", 1),
    ),
    Acute(
        Diagnosis("K52.9", "K52.900", "非感染性胃肠炎"),
        4,
        Drug("A07BC05", "蒙脱石散", "3", "g", 3),
    ),
    Acute(Diagnosis("M54.5", "M54.500", "腰痛"), 14, _IBUPROFEN),
    Acute(Diagnosis("M17.9", "M17.900", "膝关节病"), 30, _IBUPROFEN),
    Acute(
        Diagnosis("N39.0", "N39.000", "泌尿道感染"),
        7,
        Drug("J01MA12", "左氧氟沙星片", "500", "mg", 1),
    ),
    Acute(Diagnosis("L30.9", "L30.900", "皮炎"), 14, Drug("R06AX13", "氯雷他定片", "10", "mg", 1)),
    Acute(Diagnosis("H10.9", "H10.900", "结膜炎"), 7),
    Acute(Diagnosis("R51", "R51.x00", "头痛"), 3),
)
CHILDHOOD: Final = (
    Acute(Diagnosis("J06.9", "J06.900", "急性上呼吸道感染"), 5, fever=True),
    Acute(Diagnosis("J20.9", "J20.900", "急性支气管炎"), 8, fever=True),
    Acute(Diagnosis("K52.9", "K52.900", "非感染性胃肠炎"), 3),
    Acute(Diagnosis("L30.9", "L30.900", "皮炎"), 10),
)
PROCEDURES: Final = (
    ("93.5700", "伤口敷料应用"),
    ("97.8900", "拆线"),
    ("96.5200", "外耳道冲洗"),
    ("99.2900", "肌肉注射治疗性物质"),
)

ALLERGIES: Final = (
    ("J01C", "青霉素类"),
    ("J01C", "青霉素类"),
    ("J01C", "青霉素类"),
    ("J01E", "磺胺类"),
    ("J01GA01", "链霉素"),
)
FAMILY_ILLNESSES: Final = (HYPERTENSION, DIABETES, CORONARY, STROKE)


@dataclass(frozen=True, slots=True)
class Vaccine:
    """A vaccine: our code, name, CVX code, and the months of age at which it is due."""

    code: str
    name: str
    cvx: str
    months: tuple[int, ...]

    @property
    def codes(self) -> tuple[str, str, str]:
        """What `demo.clinic.immunise` writes."""
        return self.code, self.name, self.cvx


SCHEDULE: Final = (
    Vaccine("hepb", "乙型肝炎疫苗", "08", (0, 1, 6)),
    Vaccine("bcg", "卡介苗", "19", (0,)),
    Vaccine("ipv", "脊髓灰质炎灭活疫苗", "10", (2, 3)),
    Vaccine("dtap", "百白破疫苗", "20", (3, 4, 5, 18)),
    Vaccine("mmr", "麻腮风疫苗", "03", (8, 18)),
    Vaccine("hepa", "甲型肝炎疫苗", "83", (18,)),
)
INFLUENZA: Final = Vaccine("influenza", "流感病毒裂解疫苗", "141", ())

"""What the demo's doctors write in slips and letters, by disease; invented, and plausible."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from referral.api import Diagnosis

EMERGENCY, URGENT, ROUTINE = "emergency", "urgent", "routine"
Drugs = tuple[tuple[str, str, str, int], ...]
"""Drugs of a letter: name, dose, frequency, days until it is stopped (0: for good)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A disease: the department by a part of its name, the slip, and the letter.

    `asked` has an indication and the reason (主要现病史) by urgency. `down` is the indication with
    which the hospital offers somebody back, `letter` the parts of the letter.
    """

    department: str
    diagnosis: Diagnosis
    impression: str
    asked: Mapping[str, tuple[str, str]]
    history: str
    treatment: str
    question: str
    down: str
    letter: Mapping[str, str]
    drugs: Drugs


_HYPERTENSION: Final = Words(
    "心血管",
    Diagnosis("原发性高血压", "I10.x00"),
    "原发性高血压，血压控制不满意",
    {
        EMERGENCY: ("hypertension-up-02", "今晨血压 196/118 mmHg，伴持续剧烈胸背部疼痛 40 分钟。"),
        URGENT: ("hypertension-up-20", "近 1 周活动后气促，双下肢水肿，血压 172/104 mmHg。"),
        ROUTINE: (
            "hypertension-up-17",
            "三种降压药足量规律服用 3 个月，近两次血压 158/96、162/98 mmHg。",
        ),
    },
    "高血压 8 年，否认冠心病、脑卒中病史。",
    "氨氯地平 5 mg 每日 1 次，缬沙坦 80 mg 每日 1 次，氢氯噻嗪 12.5 mg 每日 1 次。",
    "请评估是否有继发性高血压，并调整治疗方案。",
    "hypertension-down-03",
    {
        "diagnosis": "原发性高血压 2 级，高危",
        "results": "24 小时动态血压平均 138/84 mmHg；肾动脉未见狭窄；血钾 4.1 mmol/L。",
        "course": "调整为单片复方制剂联合利尿剂，住院观察 6 天，血压平稳。",
        "next_plan": "继续现方案，目标血压低于 140/90 mmHg，2 周后复查血压和血钾。",
        "rehabilitation": "每日食盐不超过 5 g，每周快走 5 次、每次 30 分钟。",
    },
    (("缬沙坦氨氯地平片", "1片", "qd", 0), ("氢氯噻嗪片", "12.5mg", "qd", 90)),
)
_DIABETES: Final = Words(
    "内分泌",
    Diagnosis("2型糖尿病", "E11.900"),
    "2型糖尿病，血糖控制不满意",
    {
        EMERGENCY: ("diabetes-up-04", "多饮多尿 3 天，随机血糖 24.6 mmol/L，尿酮体阳性。"),
        URGENT: ("diabetes-up-09", "右足第一趾破溃 5 天，局部红肿，空腹血糖 12.8 mmol/L。"),
        ROUTINE: ("diabetes-up-12", "规范治疗 3 个月，糖化血红蛋白 8.6%，空腹血糖 9.2 mmol/L。"),
    },
    "2型糖尿病 6 年，否认药物过敏史。",
    "二甲双胍 0.5 g 每日 3 次，格列美脲 2 mg 每日 1 次。",
    "请评估并发症，是否需要胰岛素治疗。",
    "diabetes-down-02",
    {
        "diagnosis": "2型糖尿病，周围神经病变",
        "results": "糖化血红蛋白 8.4%；尿微量白蛋白/肌酐 26 mg/g；眼底未见出血渗出。",
        "course": "改为基础胰岛素联合口服药，血糖逐步达标，无低血糖。",
        "next_plan": "空腹血糖目标 4.4～7.0 mmol/L，每周自测 3 次，3 个月后复查糖化血红蛋白。",
        "rehabilitation": "饮食控制，餐后步行 30 分钟，每日检查双足。",
    },
    (("甘精胰岛素注射液", "12单位", "qn", 0), ("盐酸二甲双胍片", "0.5g", "tid", 0)),
)
_CORONARY: Final = Words(
    "心血管",
    Diagnosis("冠状动脉粥样硬化性心脏病", "I25.103"),
    "冠心病，不稳定型心绞痛待排",
    {
        EMERGENCY: ("coronary-up-01", "持续胸痛 30 分钟，含服硝酸甘油不缓解，大汗。"),
        URGENT: (
            "coronary-up-02",
            "近 3 天活动后胸闷加重，每日 2～3 次，休息 5 分钟缓解；心电图 ST 段压低。",
        ),
        ROUTINE: ("coronary-up-05", "劳力性胸闷 3 个月，药物治疗后仍有发作。"),
    },
    "高血压多年，无吸烟史。",
    "阿司匹林 100 mg 每日 1 次，阿托伐他汀 20 mg 每晚 1 次。",
    "请评估是否需要冠状动脉造影。",
    "coronary-down-02",
    {
        "diagnosis": "冠心病，冠状动脉支架植入术后",
        "results": "冠状动脉造影：前降支近段狭窄 80%，植入支架 1 枚；左室射血分数 58%。",
        "course": "介入治疗后恢复良好，无胸痛，伤口愈合。",
        "next_plan": "双联抗血小板治疗 12 个月，低密度脂蛋白胆固醇目标低于 1.4 mmol/L。",
        "rehabilitation": "心脏康复：每周 3 次、每次 30 分钟步行，逐步增加；避免负重。",
    },
    (
        ("硫酸氢氯吡格雷片", "75mg", "qd", 365),
        ("阿司匹林肠溶片", "100mg", "qd", 0),
        ("阿托伐他汀钙片", "20mg", "qn", 0),
    ),
)
_STROKE: Final = Words(
    "神经",
    Diagnosis("脑梗死", "I63.900"),
    "脑梗死恢复期，新发肢体无力待查",
    {
        EMERGENCY: ("stroke-up-01", "2 小时前突发右侧肢体无力、言语不清。"),
        URGENT: ("stroke-up-01", "昨晚起左手持物不稳，言语稍含糊。"),
        ROUTINE: ("U6", "反复头晕 1 个月，需要复查颈部血管和头颅磁共振。"),
    },
    "脑梗死 2 年，高血压 10 年。",
    "阿司匹林 100 mg 每日 1 次，阿托伐他汀 20 mg 每晚 1 次。",
    "请明确是否有新发梗死。",
    "stroke-down-02",
    {
        "diagnosis": "脑梗死（左侧基底节区），右侧肢体轻偏瘫",
        "results": "头颅磁共振：左侧基底节区急性梗死灶；颈动脉超声：斑块，无明显狭窄。",
        "course": "抗血小板、调脂治疗，床旁康复 2 周，肌力由 3 级恢复到 4 级。",
        "next_plan": "继续抗血小板治疗，血压目标低于 140/90 mmHg。",
        "rehabilitation": "每周 3 次上肢和步行训练，目标：独立步行 50 米；吞咽正常，有跌倒风险。",
    },
    (("阿司匹林肠溶片", "100mg", "qd", 0), ("阿托伐他汀钙片", "20mg", "qn", 0)),
)
_COPD: Final = Words(
    "呼吸",
    Diagnosis("慢性阻塞性肺疾病", "J44.900"),
    "慢性阻塞性肺疾病急性加重",
    {
        EMERGENCY: ("copd-up-01", "气促加重 1 天，未吸氧血氧饱和度 86%，呼吸 32 次/分。"),
        URGENT: ("copd-up-02", "咳嗽咳痰加重 4 天，抗感染治疗 72 小时无好转。"),
        ROUTINE: ("copd-up-04", "稳定期血氧饱和度 89%，评估长期家庭氧疗。"),
    },
    "慢阻肺 5 年，吸烟 30 年，已戒 2 年。",
    "噻托溴铵吸入每日 1 次。",
    "请评估肺功能和氧疗指征。",
    "copd-down-01",
    {
        "diagnosis": "慢性阻塞性肺疾病急性加重期，已缓解",
        "results": "肺功能：FEV1 占预计值 52%；胸部 CT 未见实变。",
        "course": "雾化、抗感染、短程激素治疗 7 天后缓解。",
        "next_plan": "继续双支扩吸入治疗，流感季接种疫苗，1 个月后复查。",
        "rehabilitation": "缩唇呼吸每日 2 次，步行训练每日 20 分钟；已教会使用吸入装置。",
    },
    (("布地格福吸入气雾剂", "2喷", "bid", 0), ("盐酸氨溴索片", "30mg", "tid", 14)),
)
_GENERAL: Final = Words(
    "普外",
    Diagnosis("腹痛", "R10.400"),
    "腹痛待查",
    {
        EMERGENCY: ("U1", "突发右下腹剧痛 6 小时，伴发热 38.9 ℃。"),
        URGENT: ("U6", "上腹痛 1 周，黑便 1 次，血红蛋白 92 g/L。"),
        ROUTINE: ("U6", "间断腹胀、纳差 2 个月，体重下降 3 kg，需要胃镜检查。"),
    },
    "既往体健。",
    "奥美拉唑 20 mg 每日 1 次，症状无明显缓解。",
    "请进一步检查，明确诊断。",
    "L1",
    {
        "diagnosis": "慢性萎缩性胃炎，幽门螺杆菌阳性",
        "results": "胃镜：慢性萎缩性胃炎；碳13呼气试验阳性；病理未见异型增生。",
        "course": "根除幽门螺杆菌治疗 14 天，症状缓解。",
        "next_plan": "停药 4 周后复查呼气试验，1 年后复查胃镜。",
        "rehabilitation": "清淡饮食，避免腌制食品。",
    },
    (("艾司奥美拉唑镁肠溶片", "20mg", "bid", 14), ("阿莫西林胶囊", "1g", "bid", 14)),
)
GENERAL: Final = "general"
WORDS: Final[Mapping[str, Words]] = {
    "hypertension": _HYPERTENSION,
    "diabetes": _DIABETES,
    "coronary": _CORONARY,
    "stroke": _STROKE,
    "copd": _COPD,
    GENERAL: _GENERAL,
}
"""By the key of the indications; what the first five are called the programmes are called too."""

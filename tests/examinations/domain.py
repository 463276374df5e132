"""The fields of health-record.md §6.1 to §6.7, written down a second time, with codes.md §3.

One line a field: key | title | kind | code set or unit | hard range | soft range | code | UCUM.
A star before the key marks the items that are starred on the national form; `?key=codes` after the
kind says when it is asked.
"""

GENERAL = """
exam-date | 体检日期 | DATE
symptoms | 症状 | CHOICES | exam-symptom
temperature | 体温 | DECIMAL 1 | ℃ | 30-45 | 35.5-38 | 8310-5 | Cel
pulse | 脉率 | INTEGER | 次/分 | 20-250 | 50-110 | 8867-4 | /min
respiration | 呼吸频率 | INTEGER | 次/分 | 4-80 | 10-26 | 9279-1 | /min
systolic-left | 左侧收缩压 | INTEGER | mmHg | 50-300 | 80-180 | 8480-6 | mm[Hg]
diastolic-left | 左侧舒张压 | INTEGER | mmHg | 20-200 | 50-110 | 8462-4 | mm[Hg]
systolic-right | 右侧收缩压 | INTEGER | mmHg | 50-300 | 80-180 | 8480-6 | mm[Hg]
diastolic-right | 右侧舒张压 | INTEGER | mmHg | 20-200 | 50-110 | 8462-4 | mm[Hg]
height | 身高 | DECIMAL 1 | cm | 40-250 | 130-200 | 8302-2 | cm
weight | 体重 | DECIMAL 1 | kg | 1-300 | 35-130 | 29463-7 | kg
waist | 腰围 | DECIMAL 1 | cm | 30-200 | 55-130 | 8280-0 | cm
bmi | 体质指数 | DECIMAL 2 | kg/m² | 8-80 | | 39156-5 | kg/m2
*self-health | 老年人健康状态自我评估 | CHOICE | self-health
*self-care-score | 老年人生活自理能力评估总分 | INTEGER | 分 | 0-37 | | self-care | {score}
*self-care | 老年人生活自理能力自我评估 | CHOICE | self-care-level
*cognition | 老年人认知功能 | CHOICE | prescreen
*mmse | 简易智力状态检查总分 | INTEGER ?cognition=2 | 分 | 0-30 | | 72106-8 | {score}
*emotion | 老年人情感状态 | CHOICE | prescreen
*emotion-scale | 抑郁量表 | CHOICE ?emotion=2 | depression-scale
*gds-30 | 老年人抑郁评分（GDS-30） | INTEGER ?emotion-scale=1 | 分 | 0-30 | | 48544-1 | {score}
*gds-15 | 老年人抑郁评分（GDS-15） | INTEGER ?emotion-scale=2 | 分 | 0-15 | | 48545-8 | {score}
"""  # §6.1

LIFESTYLE = """
exercise | 锻炼频率 | CHOICE | exercise-freq
exercise-minutes | 每次锻炼时间 | INTEGER ?exercise=1 2 3 | 分钟 | 0-360
exercise-years | 坚持锻炼时间 | INTEGER ?exercise=1 2 3 | 年 | 0-100
exercise-kind | 锻炼方式 | TEXT ?exercise=1 2 3
diet | 饮食习惯 | CHOICES | diet
smoking | 吸烟状况 | CHOICE | smoking | | | 72166-2
smoking-daily | 日吸烟量 | INTEGER ?smoking=2 3 | 支 | 0-200
smoking-start | 开始吸烟年龄 | INTEGER ?smoking=2 3 | 岁 | 0-120
smoking-quit | 戒烟年龄 | INTEGER ?smoking=2 | 岁 | 0-120
alcohol | 饮酒频率 | CHOICE | alcohol-freq
alcohol-daily | 日饮酒量 | DECIMAL 1 ?alcohol=2 3 4 | 两 | 0-50
alcohol-quit | 是否戒酒 | CHOICE ?alcohol=2 3 4 | drinking-quit
alcohol-quit-age | 戒酒年龄 | INTEGER ?alcohol-quit=2 | 岁 | 0-120
alcohol-start | 开始饮酒年龄 | INTEGER ?alcohol=2 3 4 | 岁 | 0-120
drunk | 近一年内是否曾醉酒 | CHOICE ?alcohol=2 3 4 | yes-no
drink-type | 饮酒种类 | CHOICES ?alcohol=2 3 4 | drink-type
hazard | 职业病危害因素接触史 | CHOICE | absent-present
hazard-work | 工种 | TEXT ?hazard=2
hazard-years | 从业时间 | INTEGER ?hazard=2 | 年 | 0-80
dust | 粉尘 | TEXT ?hazard=2
dust-protection | 粉尘防护措施 | CHOICE ?hazard=2 | absent-present
radiation | 放射物质 | TEXT ?hazard=2
radiation-protection | 放射物质防护措施 | CHOICE ?hazard=2 | absent-present
physical-hazard | 物理因素 | TEXT ?hazard=2
physical-hazard-protection | 物理因素防护措施 | CHOICE ?hazard=2 | absent-present
chemical | 化学物质 | TEXT ?hazard=2
chemical-protection | 化学物质防护措施 | CHOICE ?hazard=2 | absent-present
other-hazard | 其他毒物 | TEXT ?hazard=2
other-hazard-protection | 其他毒物防护措施 | CHOICE ?hazard=2 | absent-present
"""  # §6.2

ORGANS = """
lip | 口唇 | CHOICE | lip
teeth | 齿列 | CHOICES | teeth
missing-upper-left | 缺齿左上 | INTEGER ?teeth=2 | 颗 | 0-8
missing-lower-left | 缺齿左下 | INTEGER ?teeth=2 | 颗 | 0-8
missing-upper-right | 缺齿右上 | INTEGER ?teeth=2 | 颗 | 0-8
missing-lower-right | 缺齿右下 | INTEGER ?teeth=2 | 颗 | 0-8
caries-upper-left | 龋齿左上 | INTEGER ?teeth=3 | 颗 | 0-8
caries-lower-left | 龋齿左下 | INTEGER ?teeth=3 | 颗 | 0-8
caries-upper-right | 龋齿右上 | INTEGER ?teeth=3 | 颗 | 0-8
caries-lower-right | 龋齿右下 | INTEGER ?teeth=3 | 颗 | 0-8
denture-upper-left | 义齿左上 | INTEGER ?teeth=4 | 颗 | 0-8
denture-lower-left | 义齿左下 | INTEGER ?teeth=4 | 颗 | 0-8
denture-upper-right | 义齿右上 | INTEGER ?teeth=4 | 颗 | 0-8
denture-lower-right | 义齿右下 | INTEGER ?teeth=4 | 颗 | 0-8
pharynx | 咽部 | CHOICE | pharynx
vision-left | 左眼视力 | DECIMAL 1 | | 0.0-5.3
vision-right | 右眼视力 | DECIMAL 1 | | 0.0-5.3
corrected-left | 左眼矫正视力 | DECIMAL 1 | | 0.0-5.3
corrected-right | 右眼矫正视力 | DECIMAL 1 | | 0.0-5.3
hearing | 听力 | CHOICE | hearing
motor | 运动功能 | CHOICE | motor
"""  # §6.3

PHYSICAL = """
*fundus | 眼底 | CHOICE | normal-abnormal
skin | 皮肤 | CHOICE | skin
sclera | 巩膜 | CHOICE | sclera
lymph | 淋巴结 | CHOICE | lymph
barrel-chest | 桶状胸 | CHOICE | no-yes
breath-sound | 呼吸音 | CHOICE | lung-sound
rale | 罗音 | CHOICE | rale
heart-rate | 心率 | INTEGER | 次/分 | 20-250 | | 8867-4 | /min
rhythm | 心律 | CHOICE | rhythm
murmur | 心脏杂音 | CHOICE | absent-present
tenderness | 腹部压痛 | CHOICE | absent-present
mass | 腹部包块 | CHOICE | absent-present
liver | 肝大 | CHOICE | absent-present
spleen | 脾大 | CHOICE | absent-present
shifting-dullness | 移动性浊音 | CHOICE | absent-present
edema | 下肢水肿 | CHOICE | edema
*dorsalis | 足背动脉搏动 | CHOICE | dorsalis-exam
*rectal | 肛门指诊 | CHOICE | rectal
*breast | 乳腺 | CHOICES | breast
*vulva | 外阴 | CHOICE | gynaecology
*vagina | 阴道 | CHOICE | gynaecology
*cervix | 宫颈 | CHOICE | gynaecology
*uterus | 宫体 | CHOICE | gynaecology
*adnexa | 附件 | CHOICE | gynaecology
*physical-other | 其他查体 | TEXT
"""  # §6.4

LABORATORY = """
*haemoglobin | 血红蛋白 | DECIMAL 2 | g/L | 20-250 | | 718-7 | g/L
*leukocytes | 白细胞 | DECIMAL 2 | ×10⁹/L | 0.1-200 | | 6690-2 | 10*9/L
*platelets | 血小板 | DECIMAL 2 | ×10⁹/L | 1-2000 | | 777-3 | 10*9/L
*blood-other | 血常规其他 | TEXT
*urine-protein | 尿蛋白 | CHOICE | urine-strip | | | 20454-5
*urine-glucose | 尿糖 | CHOICE | urine-strip | | | 25428-4
*urine-ketone | 尿酮体 | CHOICE | urine-strip | | | 2514-8
*urine-blood | 尿潜血 | CHOICE | urine-strip | | | 5794-3
*urine-other | 尿常规其他 | TEXT
*glucose | 空腹血糖 | DECIMAL 2 | mmol/L | 0.5-50 | | 14771-0 | mmol/L
*ecg | 心电图 | CHOICE | normal-abnormal | | | 11524-6
*microalbumin | 尿微量白蛋白 | DECIMAL 2 | mg/dL | 0-500 | | 14957-5 | mg/dL
*stool-blood | 大便潜血 | CHOICE | negative-positive | | | 2335-8
*hba1c | 糖化血红蛋白 | DECIMAL 2 | % | 3-20 | | 4548-4 | %
*hbsag | 乙型肝炎表面抗原 | CHOICE | negative-positive | | | 5196-1
*alt | 血清谷丙转氨酶 | DECIMAL 2 | U/L | 0-5000 | | 1742-6 | U/L
*ast | 血清谷草转氨酶 | DECIMAL 2 | U/L | 0-5000 | | 1920-8 | U/L
*albumin | 白蛋白 | DECIMAL 2 | g/L | 5-80 | | 1751-7 | g/L
*bilirubin-total | 总胆红素 | DECIMAL 2 | μmol/L | 0-800 | | 14631-6 | umol/L
*bilirubin-direct | 结合胆红素 | DECIMAL 2 | μmol/L | 0-500 | | 14629-0 | umol/L
*creatinine | 血清肌酐 | DECIMAL 2 | μmol/L | 10-2000 | | 14682-9 | umol/L
*urea | 血尿素 | DECIMAL 2 | mmol/L | 0.5-60 | | 22664-7 | mmol/L
*potassium | 血钾 | DECIMAL 2 | mmol/L | 1.5-9 | | 2823-3 | mmol/L
*sodium | 血钠 | DECIMAL 2 | mmol/L | 100-180 | | 2951-2 | mmol/L
*cholesterol | 总胆固醇 | DECIMAL 2 | mmol/L | 0.5-30 | | 14647-2 | mmol/L
*triglyceride | 甘油三酯 | DECIMAL 2 | mmol/L | 0.1-60 | | 14927-8 | mmol/L
*ldl | 血清低密度脂蛋白胆固醇 | DECIMAL 2 | mmol/L | 0.1-20 | | 22748-8 | mmol/L
*hdl | 血清高密度脂蛋白胆固醇 | DECIMAL 2 | mmol/L | 0.1-6 | | 14646-4 | mmol/L
*chest-x-ray | 胸部X线片 | CHOICE | normal-abnormal | | | 36643-5
*ultrasound | 腹部B超（肝胆胰脾） | CHOICE | normal-abnormal | | | 24558-9
*ultrasound-other | 其他B超 | CHOICE | normal-abnormal
*cervical-smear | 宫颈涂片 | CHOICE | normal-abnormal | | | 10524-7
*test-other | 其他辅助检查 | TEXT
"""  # §6.5

PROBLEMS = """
problem-brain | 脑血管疾病 | CHOICES | problem-brain
problem-kidney | 肾脏疾病 | CHOICES | problem-kidney
problem-heart | 心脏疾病 | CHOICES | problem-heart
problem-vessel | 血管疾病 | CHOICES | problem-vessel
problem-eye | 眼部疾病 | CHOICES | problem-eye
problem-nerve | 神经系统疾病 | CHOICES | problem-other
problem-other | 其他系统疾病 | CHOICES | problem-other
"""  # §6.6

HISTORY = """
hospital | 住院史 | ROWS
home-bed | 家庭病床史 | ROWS
drugs | 主要用药情况 | ROWS
vaccines | 非免疫规划预防接种史 | ROWS
"""  # §6.7

CONCLUSION = """
evaluation | 健康评价 | CHOICE | evaluation
abnormal-1 | 异常1 | TEXT ?evaluation=2
abnormal-2 | 异常2 | TEXT ?evaluation=2
abnormal-3 | 异常3 | TEXT ?evaluation=2
abnormal-4 | 异常4 | TEXT ?evaluation=2
guidance | 健康指导 | CHOICES | guidance
risk-control | 危险因素控制 | CHOICES | risk-control
target-weight | 减体重目标 | DECIMAL 1 ?risk-control=5 | kg | 20-200
"""  # §6.7

SECTIONS = (GENERAL, LIFESTYLE, ORGANS, PHYSICAL, LABORATORY, PROBLEMS, HISTORY, CONCLUSION)

COLUMNS = {  # §6.7
    "hospital": "入院日期 出院日期 原因 医疗机构名称 病案号",
    "home-bed": "建床日期 撤床日期 原因 医疗机构名称 病案号",
    "drugs": "药物名称 用法 用量 用药时间 服药依从性",
    "vaccines": "接种名称 接种日期 接种机构",
}

WITH_WORDS = {  # where (text) stands beside a code
    "symptoms": "25", "fundus": "2", "skin": "7", "sclera": "4", "lymph": "4", "breath-sound": "2",
    "rale": "4", "murmur": "2", "tenderness": "2", "mass": "2", "liver": "2", "spleen": "2",
    "shifting-dullness": "2", "rectal": "5", "breast": "5", "vulva": "2", "vagina": "2",
    "cervix": "2", "uterus": "2", "adnexa": "2", "ecg": "2", "chest-x-ray": "2", "ultrasound": "2",
    "ultrasound-other": "2", "cervical-smear": "2", "problem-brain": "6", "problem-kidney": "6",
    "problem-heart": "7", "problem-vessel": "4", "problem-eye": "5", "problem-nerve": "2",
    "problem-other": "2", "drink-type": "5", "dust-protection": "2", "radiation-protection": "2",
    "physical-hazard-protection": "2", "chemical-protection": "2", "other-hazard-protection": "2",
    "risk-control": "6 7",
}  # fmt: skip

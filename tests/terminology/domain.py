"""The tables of the domain reference, written down a second time as `code=title` lines.

What the tests compare the data with: health-record.md §4, §5, §6, §10, §11, §12, §13,
chronic-disease.md §1–§9 and codes.md §7. Titles are compared without regard to the
width of brackets and signs.
"""

from kernel.fhir.terminology import words
from tests.terminology.referral import REFERRAL

PERSONAL = {  # §4
    "residency-type": "1=户籍 2=非户籍",
    "abo": "1=A型 2=B型 3=O型 4=AB型 5=不详",
    "rh": "1=阴性 2=阳性 3=不详",
    "education": (
        "1=研究生 2=大学本科 3=大学专科和专科学校 4=中等专业学校 5=技工学校 6=高中 7=初中 8=小学 "
        "9=文盲或半文盲 10=不详"
    ),
    "occupation": (
        "0=国家机关、党群组织、企业、事业单位负责人 1=专业技术人员 2=办事人员和有关人员 "
        "3=商业、服务业人员 4=农、林、牧、渔、水利业生产人员 5=生产、运输设备操作人员及有关人员 "
        "6=军人 7=不便分类的其他从业人员 8=无职业"
    ),
    "marital-form": "1=未婚 2=已婚 3=丧偶 4=离婚 5=未说明的婚姻状况",
    "payment": (
        "1=城镇职工基本医疗保险 2=城镇居民基本医疗保险 3=新型农村合作医疗 4=贫困救助 "
        "5=商业医疗保险 6=全公费 7=全自费 8=其他(text)"
    ),
    "drug-allergy": "1=无 2=青霉素 3=磺胺 4=链霉素 5=其他(text)",
    "exposure": "1=无 2=化学品 3=毒物 4=射线",
    "past-disease": (
        "1=无 2=高血压 3=糖尿病 4=冠心病 5=慢性阻塞性肺疾病 6=恶性肿瘤(text) 7=脑卒中 "
        "8=严重精神障碍 9=结核病 10=肝炎 11=其他法定传染病(text) 12=职业病(text) 13=其他(text)"
    ),
    "family-disease": (
        "1=无 2=高血压 3=糖尿病 4=冠心病 5=慢性阻塞性肺疾病 6=恶性肿瘤 7=脑卒中 8=严重精神障碍 "
        "9=结核病 10=肝炎 11=先天畸形 12=其他(text)"
    ),
    "family-relation": "1=父亲 2=母亲 3=兄弟姐妹 4=子女",
    "absent-present": "1=无 2=有",
    "disability": (
        "1=无残疾 2=视力残疾 3=听力残疾 4=言语残疾 5=肢体残疾 6=智力残疾 7=精神残疾 "
        "8=其他残疾(text)"
    ),
    "env-vent": "1=无 2=油烟机 3=换气扇 4=烟囱",
    "env-fuel": "1=液化气 2=煤 3=天然气 4=沼气 5=柴火 6=其他",
    "env-water": "1=自来水 2=经净化过滤的水 3=井水 4=河湖水 5=塘水 6=其他",
    "env-toilet": "1=卫生厕所 2=一格或二格粪池式 3=马桶 4=露天粪坑 5=简易棚厕",
    "env-livestock": "1=无 2=单设 3=室内 4=室外",
}

HOUSEHOLD = {  # §5
    "housing": "1=平房 2=楼房",
    "income-band": "1=1000元及以下 2=1000~1999元 3=2000~3999元 4=4000~7999元 5=8000元及以上",
    "residence-status": "1=本地户籍常住 2=本地户籍不常住 3=外地户籍常住 4=不详",
    "household-status": "0=正常 1=已注销",
}

EXAMINATION = {  # §6
    "exam-symptom": (
        "1=无症状 2=头痛 3=头晕 4=心悸 5=胸闷 6=胸痛 7=慢性咳嗽 8=咳痰 9=呼吸困难 10=多饮 11=多尿 "
        "12=体重下降 13=乏力 14=关节肿痛 15=视力模糊 16=手脚麻木 17=尿急 18=尿痛 19=便秘 20=腹泻 "
        "21=恶心呕吐 22=眼花 23=耳鸣 24=乳房胀痛 25=其他(text)"
    ),
    "self-health": "1=满意 2=基本满意 3=说不清楚 4=不太满意 5=不满意",
    "self-care-level": ("1=可自理(0~3分) 2=轻度依赖(4~8分) 3=中度依赖(9~18分) 4=不能自理(≥19分)"),
    "prescreen": "1=粗筛阴性 2=粗筛阳性",
    "exercise-freq": "1=每天 2=每周一次以上 3=偶尔 4=不锻炼",
    "diet": "1=荤素均衡 2=荤食为主 3=素食为主 4=嗜盐 5=嗜油 6=嗜糖",
    "smoking": "1=从不吸烟 2=已戒烟 3=吸烟",
    "alcohol-freq": "1=从不 2=偶尔 3=经常 4=每天",
    "drinking-quit": "1=未戒酒 2=已戒酒",
    "yes-no": "1=是 2=否",
    "drink-type": "1=白酒 2=啤酒 3=红酒 4=黄酒 5=其他",
    "lip": "1=红润 2=苍白 3=发绀 4=皲裂 5=疱疹",
    "teeth": "1=正常 2=缺齿 3=龋齿 4=义齿(假牙)",
    "pharynx": "1=无充血 2=充血 3=淋巴滤泡增生",
    "hearing": "1=听见 2=听不清或无法听见",
    "motor": "1=可顺利完成 2=无法独立完成任何一个动作",
    "normal-abnormal": "1=正常 2=异常(text)",
    "skin": "1=正常 2=潮红 3=苍白 4=发绀 5=黄染 6=色素沉着 7=其他(text)",
    "sclera": "1=正常 2=黄染 3=充血 4=其他(text)",
    "lymph": "1=未触及 2=锁骨上 3=腋窝 4=其他(text)",
    "no-yes": "1=否 2=是",
    "lung-sound": "1=正常 2=异常(text)",
    "rale": "1=无 2=干罗音 3=湿罗音 4=其他(text)",
    "rhythm": "1=齐 2=不齐 3=绝对不齐",
    "edema": "1=无 2=单侧 3=双侧不对称 4=双侧对称",
    "dorsalis-exam": "1=未触及 2=触及双侧对称 3=触及左侧弱或消失 4=触及右侧弱或消失",
    "rectal": "1=未及异常 2=触痛 3=包块 4=前列腺异常 5=其他(text)",
    "breast": "1=未见异常 2=乳房切除 3=异常泌乳 4=乳腺包块 5=其他(text)",
    "gynaecology": "1=未见异常 2=异常(text)",
    "urine-strip": "-=- ±=± +=+ ++=++ +++=+++ ++++=++++",
    "negative-positive": "1=阴性 2=阳性",
    "problem-brain": (
        "1=未发现 2=缺血性卒中 3=脑出血 4=蛛网膜下腔出血 5=短暂性脑缺血发作 6=其他(text)"
    ),
    "problem-kidney": ("1=未发现 2=糖尿病肾病 3=肾功能衰竭 4=急性肾炎 5=慢性肾炎 6=其他(text)"),
    "problem-heart": (
        "1=未发现 2=心肌梗死 3=心绞痛 4=冠状动脉血运重建 5=充血性心力衰竭 6=心前区疼痛 7=其他(text)"
    ),
    "problem-vessel": "1=未发现 2=夹层动脉瘤 3=动脉闭塞性疾病 4=其他(text)",
    "problem-eye": "1=未发现 2=视网膜出血或渗出 3=视乳头水肿 4=白内障 5=其他(text)",
    "problem-other": "1=未发现 2=有(text)",
    "adherence": "1=规律 2=间断 3=不服药",
    "evaluation": "1=体检无异常 2=有异常(text)",
    "guidance": "1=纳入慢性病患者健康管理 2=建议复查 3=建议转诊",
    "risk-control": (
        "1=戒烟 2=健康饮酒 3=饮食 4=锻炼 5=减体重(text) 6=建议接种疫苗(text) 7=其他(text)"
    ),
}

CARD = {  # §10
    "card-disease": ("1=无 2=高血压 3=糖尿病 4=脑卒中 5=冠心病 6=哮喘 7=职业病 8=其他疾病(text)"),
}

NATIONAL = {  # §11, §12
    "document-kind": (
        "01=居民身份证 02=居民户口簿 03=护照 04=军官证 05=驾驶证 06=港澳居民来往内地通行证 "
        "07=台湾居民来往内地通行证 99=其他法定有效证件"
    ),
    "gb-sex": "0=未知的性别 1=男性 2=女性 9=未说明的性别",
    "gb-marital": "10=未婚 20=已婚 21=初婚 22=再婚 23=复婚 30=丧偶 40=离婚 90=未说明的婚姻状况",
    "gb-relation-short": (
        "0=本人或户主 1=配偶 2=子 3=女 4=孙子、孙女或外孙子、外孙女 5=父母 6=祖父母或外祖父母 "
        "7=兄弟姐妹 8=其他"
    ),
    "gb-relation": (
        "01=本人 02=户主 10=配偶 11=夫 12=妻 20=子 21=独生子 22=长子 23=次子 24=三子 25=四子 "
        "26=五子 27=养子或继子 28=女婿 29=其他儿子 30=女 31=独生女 32=长女 33=次女 34=三女 35=四女 "
        "36=五女 37=养女或继女 38=儿媳 39=其他女儿 40=孙辈 41=孙子 42=孙女 43=外孙子 44=外孙女 "
        "45=孙媳妇或外孙媳妇 46=孙女婿或外孙女婿 47=曾孙子或外曾孙子 48=曾孙女或外曾孙女 "
        "49=其他孙辈 50=父母 51=父亲 52=母亲 53=公公 54=婆婆 55=岳父 56=岳母 57=继父或养父 "
        "58=继母或养母 59=其他父母关系 60=祖父母或外祖父母 61=祖父 62=祖母 63=外祖父 64=外祖母 "
        "65=配偶的祖父母或外祖父母 66=曾祖父 67=曾祖母 68=配偶的曾祖父母 69=其他祖父母关系 "
        "70=兄弟姐妹 71=兄 72=嫂 73=弟 74=弟媳 75=姐姐 76=姐夫 77=妹妹 78=妹夫 79=其他兄弟姐妹 "
        "80=其他 81=伯父 82=伯母 83=叔父 84=婶母 85=舅父 86=舅母 87=姨父 88=姨母 89=姑父 90=姑母 "
        "91=堂兄弟、堂姐妹 92=表兄弟、表姐妹 93=侄子 94=侄女 95=外甥 96=外甥女 97=其他亲属 "
        "99=非亲属"
    ),
    "gb-ethnicity": (
        "01=汉族 02=蒙古族 03=回族 04=藏族 05=维吾尔族 06=苗族 07=彝族 08=壮族 09=布依族 10=朝鲜族 "
        "11=满族 12=侗族 13=瑶族 14=白族 15=土家族 16=哈尼族 17=哈萨克族 18=傣族 19=黎族 20=傈僳族 "
        "21=佤族 22=畲族 23=高山族 24=拉祜族 25=水族 26=东乡族 27=纳西族 28=景颇族 29=柯尔克孜族 "
        "30=土族 31=达斡尔族 32=仫佬族 33=羌族 34=布朗族 35=撒拉族 36=毛南族 37=仡佬族 38=锡伯族 "
        "39=阿昌族 40=普米族 41=塔吉克族 42=怒族 43=乌孜别克族 44=俄罗斯族 45=鄂温克族 46=德昂族 "
        "47=保安族 48=裕固族 49=京族 50=塔塔尔族 51=独龙族 52=鄂伦春族 53=赫哲族 54=门巴族 "
        "55=珞巴族 56=基诺族 97=其他 98=外国血统中国籍人士"
    ),
}

LIFE = {  # §13
    "record-state": (
        "draft=建档中 active=正常 transferring=迁移待确认 closed-dead=终止-死亡 "
        "closed-moved=终止-迁出 closed-lost=终止-失访 closed-refused=终止-拒绝 "
        "closed-other=终止-其他 merged=已合并 void=作废"  # other: the state of reason 9
    ),
    "record-close-reason": "1=死亡 2=迁出 3=失访 4=拒绝 9=其他(text)",
    "record-move-type": "1=申请迁入 2=申请迁出",
    "record-move-answer": "1=同意迁移 2=退回",
    "record-move-state": "0=未提交 1=待确认 4=已确认 9=已退回",
}

OTHERS = {  # codes.md §7.4, §12.6 and §12.7 (targets)
    "visit-mode": "1=门诊 2=家庭 3=电话 4=短信 5=网络",
    "gb-education": (
        "10=研究生教育 20=大学本科教育 30=大学专科教育 40=中等职业教育 60=普通高级中学教育 "
        "70=初级中学教育 80=小学教育 90=其他"
    ),
    "gb-occupation": (
        "0=国家机关、党群组织、企业、事业单位负责人 1/2=专业技术人员 3=办事人员和有关人员 "
        "4=商业、服务业人员 5=农、林、牧、渔、水利业生产人员 "
        "6/7/8/9=生产、运输设备操作人员及有关人员 X=军人 Y=不便分类的其他从业人员"
    ),
}

CHRONIC = {  # chronic-disease.md §1–§9
    "visit-class": "1=控制满意 2=控制不满意 3=不良反应 4=并发症",
    "adr": "1=无 2=有(text)",
    "psych": "1=良好 2=一般 3=差",
    "salt": "1=轻 2=中 3=重",
    "htn-symptom": (
        "1=无症状 2=头痛头晕 3=恶心呕吐 4=眼花耳鸣 5=呼吸困难 6=心悸胸闷 7=鼻衄出血不止 "
        "8=四肢发麻 9=下肢水肿 10=其他(text)"
    ),
    "dm-symptom": (
        "1=无症状 2=多饮 3=多食 4=多尿 5=视力模糊 6=感染 7=手脚麻木 8=下肢浮肿 9=体重明显下降 "
        "10=其他(text)"
    ),
    "dorsalis-dm": "1=触及正常 2=双侧减弱 3=左侧减弱 4=右侧减弱 5=双侧消失 6=左侧消失 7=右侧消失",
    "hypo": "1=无 2=偶尔 3=频繁",
    "referral-reason-chronic": (
        "1=连续两次控制不满意 2=药物不良反应难以控制 3=出现新的并发症 4=原有并发症加重 5=危急情况"
    ),
    "enrol-source": "1=健康档案 2=35岁首诊测压 3=普查 4=门诊就诊 5=体检 6=回转单 9=其他(text)",
    "enrol-close-reason": (
        "1=死亡 2=迁出 3=失访 4=拒绝 5=误诊 6=目标达成 7=转入专病管理 9=其他(text)"
    ),
    "htn-danger": (
        "1=意识改变 2=剧烈头痛或头晕 3=恶心呕吐 4=视力模糊 5=眼痛 6=心悸 7=胸闷 8=心前区疼痛 "
        "9=喘憋不能平卧 10=不能处理的其他疾病(text)"
    ),
    "dm-danger": (
        "1=意识或行为改变 2=呼气有烂苹果样丙酮味 3=深大呼吸 4=视力突然骤降 "
        "5=不能处理的其他疾病(text)"
    ),
    "dm-soft-sign": "1=心悸 2=出汗 3=食欲减退 4=恶心 5=呕吐 6=多饮 7=多尿 8=腹痛 9=皮肤潮红",
    "htn-risk-factor": (
        "1=血压高值 2=超重、肥胖或腹型肥胖 3=高血压家族史 4=长期高盐饮食 5=长期过量饮酒 "
        "6=年龄55岁及以上"
    ),
    "dm-risk-factor": (
        "1=有糖调节受损史 2=年龄45岁及以上 3=超重、肥胖或中心性肥胖 4=2型糖尿病患者的一级亲属 "
        "5=高危种族 6=有巨大儿生产史或妊娠期糖尿病史 7=血压≥140/90 mmHg或正在降压治疗 "
        "8=血脂异常或正在调脂治疗 9=心脑血管疾病患者 10=一过性类固醇糖尿病病史 "
        "11=多囊卵巢综合征且体质指数≥28 12=严重精神障碍或长期抗抑郁药物治疗 13=静坐生活方式"
    ),
    "chd-type": (
        "1=稳定型心绞痛 2=不稳定型心绞痛 3=急性心肌梗死 4=陈旧性心肌梗死 5=猝死型 6=其他不确定类型"
    ),
    "chd-symptom": (
        "1=无症状 2=劳累或精神紧张时胸骨后或心前区闷痛，放射，持续3~5分钟，休息后缓解 "
        "3=听到噪音、饱餐、寒冷时胸闷、胸痛、心慌 4=反复脉搏不齐，不明原因心跳过速或过缓 "
        "5=胸痛 6=胸闷 7=心悸 8=肩背放射性疼痛 9=上腹痛 10=心动过速或过缓"
    ),
    "chd-treatment": "1=无 2=外科手术治疗 3=介入治疗 4=起搏器",
    "chd-nondrug": (
        "1=未采取措施 2=限盐 3=减少吸烟量或戒烟 4=减少饮酒量或戒酒 5=减少膳食脂肪 6=减轻体重 "
        "7=有规律体育运动 8=放松精神 9=心理指导"
    ),
    "stroke-type": (
        "1=蛛网膜下腔出血 2=脑出血 3=脑血栓形成 4=脑栓塞 5=腔隙性梗死 6=分水岭脑梗死 7=未分类脑卒中"
    ),
    "stroke-site": "1=大脑半球左侧 2=大脑半球右侧 3=脑干 4=小脑 5=不确定",
    "stroke-history": "1=无 2=冠心病 3=高血压 4=高脂血症 5=糖尿病",
    "stroke-symptom": (
        "1=无 2=猝然昏扑 3=不省人事 4=嘴、眼歪斜 5=半身不遂 6=舌强言蹇 7=智力障碍 8=其他症状(text)"
    ),
    "stroke-new-symptom": (
        "1=无症状 2=构音障碍 3=失语 4=面瘫 5=感觉障碍 6=左侧肢体瘫痪 7=共济失调 8=昏迷 "
        "9=右侧肢体瘫痪 10=头疼 11=呕吐 12=意识障碍"
    ),
    "stroke-complication": "1=无 2=褥疮 3=呼吸道感染 4=泌尿道感染 5=深静脉炎 6=其他(text)",
    "self-care-3": "1=完全自理 2=部分自理 3=完全不能自理",
    "limb-recovery": "1=好 2=一般 3=差",
    "rehab-mode": "1=无 2=按摩 3=针灸 4=运动训练 5=其他方式(text)",
    "homebed-type": "1=治疗型 2=康复型 3=舒缓照顾型",
    "homebed-outcome": "1=治愈 2=好转 3=无效 4=未治 5=死亡 6=其他(text) 7=转院",
    "homebed-course": "1=稳定 2=有变化，须调整方案 3=须住院治疗 4=危急",
    "homebed-state": "1=申请 2=已提交 3=退回 4=已登记",
    "homebed-condition": (
        "1=脑卒中后遗症伴瘫痪 2=骨折牵引或须卧床 3=晚期肿瘤须支持治疗 "
        "4=卧床的慢阻肺病或心力衰竭 5=手术后恢复期 6=糖尿病足 7=其他卧床老年人"
    ),
    "homebed-exclusion": (
        "1=无 2=急性或不稳定 3=须隔离的传染病 4=精神障碍急性期 5=无照护者 6=不同意建床"
    ),
    "rehab-effect": "1=显效 2=有效 3=无效 4=初次评估 5=目标达成",
    "rehab-opinion": (
        "1=康复医疗 2=继续训练 3=学习康复知识 4=用品用具服务 5=参与社会生活 6=转介 7=其他(text)"
    ),
    "rehab-stage": "1=初次评估 2=不定期评估",
    "rehab-independence": "2=独立完成 1=需要他人帮助 0=完全依赖他人",
    "rehab-participation": "2=能 1=部分能 0=不能",
    "limb-disability": "1=偏瘫 2=截瘫 3=脑瘫 4=截肢 5=儿麻后遗症 6=骨关节疾病 7=其他(text)",
    "disability-cause": "1=先天 2=疾病 3=意外伤害 4=中毒 5=其他(text)",
    "rehab-past-care": (
        "1=手术 2=药物 3=传统方法 4=理疗 5=康复训练 6=假肢、矫形器和辅具 7=其他(text)"
    ),
    "self-care-eating": (
        "1=独立完成 2=轻度依赖(表中无文字) 3=需要协助，如切碎、搅拌食物等 4=完全需要帮助"
    ),
    "self-care-washing": (
        "1=独立完成 2=能独立洗头、梳头、洗脸、刷牙、剃须等；洗澡需要协助 "
        "3=在协助下和适当的时间内，能完成部分梳洗活动 4=完全需要帮助"
    ),
    "self-care-dressing": (
        "1=独立完成 2=轻度依赖(表中无文字) 3=需要协助，在适当的时间内完成部分穿衣 4=完全需要帮助"
    ),
    "self-care-toilet": (
        "1=不需协助，可自控 2=偶尔失禁，但基本上能如厕或使用便具 "
        "3=经常失禁，在很多提示和协助下尚能如厕或使用便具 4=完全失禁，完全需要帮助"
    ),
    "self-care-moving": (
        "1=独立完成所有活动 2=借助较小的外力或辅助装置能完成 "
        "3=借助较大的外力才能完成站立、行走，不能上下楼梯 4=卧床不起，活动完全需要帮助"
    ),
    "elderly-guidance": (
        "1=健康生活方式 2=疫苗接种 3=骨质疏松预防 4=防跌倒 5=意外伤害预防和自救 6=认知和情感"
    ),
}

OWN = {  # not in the domain reference: shapes that the house agreed on
    "information-item": (
        "past-disease=既往史：疾病 surgery=既往史：手术 trauma=既往史：外伤 "
        "transfusion=既往史：输血 hereditary=遗传病史 family-father=家族史：父亲 "
        "family-mother=家族史：母亲 family-siblings=家族史：兄弟姐妹 "
        "family-children=家族史：子女 exposure=暴露史 disability=残疾情况 "
        "env-vent=厨房排风设施 env-fuel=燃料类型 env-water=饮水 env-toilet=厕所 "
        "env-livestock=禽畜栏"
    ),
    "care-kind": (
        "record-management=健康档案管理 record-management-elsewhere=外机构健康档案管理 "
        "family-doctor-contract=家庭医生签约 hypertension=高血压患者健康管理 "
        "diabetes=2型糖尿病患者健康管理 elderly=老年人健康管理 coronary=冠心病管理 "
        "stroke=脑卒中管理 copd=慢阻肺病患者健康服务 rehabilitation=康复 home-bed=家庭病床 "
        "pressure-screening=高血压筛查 glucose-screening=糖尿病筛查"
    ),
    "body-side": "left-arm=左上臂 right-arm=右上臂",
    "depression-scale": "1=GDS-30(老年抑郁量表) 2=GDS-15(老年抑郁量表简版)",
    "score": (
        "self-care=老年人生活自理能力总分 cat=慢阻肺病评估测试(CAT) mmrc=mMRC呼吸困难分级 "
        "barthel=Barthel指数 rehab=康复训练评估总分 pain-vas=疼痛评分(VAS)"
    ),
    "designation-use": "short=页面用语",
    "follow-up-action": (
        "routine=常规随访 adjust=调整治疗，限期复查 refer=建议转诊 emergency=紧急处理后转诊"
    ),
    "contact-kind": "overdue-contact=逾期随访联系",
    "contact-way": "phone=打电话 visit=上门 message=托人转告",
    "plan-activity": (
        "follow-up=随访 recheck=复查 referral-outcome=转诊结果随访 arrival-check=到院确认 "
        "examination=年度体检 return-contact=转回后首次随访"
    ),
    "screening-result": "normal=正常 high-risk=高危 recheck=待复查 suspected=疑似 emergency=危急",
    "referral-finding": "1=已就诊并带回方案 2=住院中 3=未去 4=未确认到院 5=排除诊断 6=死亡或迁出",
    "chd-danger": (
        "1=胸痛持续20分钟以上或含硝酸甘油不缓解 2=静息或新发心绞痛 3=晕厥 "
        "4=急性呼吸困难或端坐呼吸 5=有症状的心动过缓或过速"
    ),
    "chd-angina": "1=无心绞痛 2=稳定，与上次相同 3=加重：更频繁、更久或更轻的活动即发作",
    "stroke-danger": "1=新发局灶神经功能缺损(面、臂、言语) 2=突发剧烈头痛伴呕吐 3=意识障碍 4=抽搐",
    "copd-symptom": "1=无 2=咳嗽 3=咳痰 4=喘息 5=呼吸困难 6=胸闷 7=下肢水肿 8=其他(text)",
    "copd-danger": "1=意识改变 2=新出现的发绀 3=辅助呼吸肌参与呼吸 4=剧烈胸痛",
    "inhaler": "1=正确 2=需纠正",
    "rehab-danger": "1=切口出血或流脓 2=小腿肿胀 3=胸痛",
    "wound-healing": "1=甲 2=乙 3=丙",
    "elderly-finding": (
        "1=确诊高血压，纳入管理 2=确诊2型糖尿病，纳入管理 3=患有其他疾病，及时治疗或转诊 "
        "4=检查结果异常，建议复查 5=检查结果异常，建议转诊"
    ),
}

SETS = (
    OWN | PERSONAL | HOUSEHOLD | EXAMINATION | CARD | NATIONAL | LIFE | OTHERS | CHRONIC | REFERRAL
)

NONE_ONLY = words(
    """drug-allergy:1 exposure:1 past-disease:1 family-disease:1 disability:1 exam-symptom:1
    teeth:1 breast:1 problem-brain:1 problem-kidney:1 problem-heart:1 problem-vessel:1
    problem-eye:1 problem-other:1 card-disease:1
    htn-symptom:1 dm-symptom:1 chd-symptom:1 chd-treatment:1 chd-nondrug:1 stroke-history:1
    stroke-symptom:1 stroke-new-symptom:1 stroke-complication:1 rehab-mode:1
    homebed-exclusion:1 copd-symptom:1"""
)
"""Codes of multiple choices that exclude the others (§0: 1 is nearly always 无 or 正常)."""

RELATIONS = (  # codes.md §7.3; what is not named there stays unmatched
    "01->ONESELF 10->SPS 11->HUSB 12->WIFE 20-26,29->SONC 27->SONADOPT,STPSON 28->SONINLAW "
    "30-36,39->DAUC 37->DAUADOPT,STPDAU 38->DAUINLAW 40->GRNDCHILD 41,43->GRNDSON 42,44->GRNDDAU "
    "50->PRN 51->FTH 52->MTH 53,55->FTHINLAW 54,56->MTHINLAW 57->STPFTH 58->STPMTH 60->GRPRN "
    "61->PGRFTH 62->PGRMTH 63->MGRFTH 64->MGRMTH 66->GGRFTH 67->GGRMTH 70->SIB 71,73->BRO "
    "75,77->SIS 72,74->SISINLAW 76,78->BROINLAW 81,83->PUNCLE 85->MUNCLE 87,89->UNCLE 90->PAUNT "
    "88->MAUNT 82,84,86->AUNT 91,92->COUSN 93,95->NEPHEW 94,96->NIECE 97->EXT"
)

MAPS = {
    "gb-sex-administrative-gender": "1=male 2=female 0=unknown 9=unknown:wider",
    "gb-marital-marital-status": "10=S 20=M 21=M:wider 22=M:wider 23=M:wider 30=W 40=D 90=UNK",
    "marital-form-gb-marital": "1=10 2=20 3=30 4=40 5=90",
    "occupation-gb-occupation": "0=0 1=1/2 2=3 3=4 4=5 5=6/7/8/9 6=X 7=Y 8=",
    "education-gb-education": "1=10 2=20 3=30 4=40 5=40:wider 6=60 7=70 8=80 9=90:wider 10=",
    "family-relation-role-code": "1=FTH 2=MTH 3=SIB 4=CHILD",
    "drug-allergy-atc": "1= 2=J01C 3=J01E:wider 4=J01GA01 5=",
    "past-disease-icd-10": (
        "1= 2=I10:inexact 3=E14 4=I25.1:inexact 5=J44 6=C80:inexact 7=I64 "
        "8=F20:narrower 8=F22:narrower 8=F25:narrower 8=F31:narrower 9=A16:narrower "
        "10=B19:narrower 10=K75.9:narrower 11= 12= 13="
    ),
    "payment-coverage-type": "1= 2= 3= 4= 5= 6= 7=pay 8=",
    "visit-mode-act-code": "1=AMB 2=HH 3=VR:wider 4=VR:wider 5=VR:wider",
    "adherence-medication-status": "1=active 2=active:wider 3=not-taken",
}
"""codes.md §7 and health-record.md §12.6, §12.7: source=target, equivalent unless it says more."""

"""The tables of referral.md §3 and §5, written down a second time as `code=title` lines."""

REFERRAL = {
    "referral-category": "referral=双向转诊 back-leg=转回社区",
    "referral-state": (
        "draft=草稿 pending-approval=待机构审核 submitted=待接收 info-requested=待补充资料 "
        "accepted=已接收 rejected=已拒绝 scheduled=已预约 arrived=已到诊 no-show=未到诊 "
        "in-care=诊疗中 feedback-sent=已反馈 back-offered=待接回 back-accepted=已接回 "
        "followed-up=已随访 closed=已闭环 cancelled=已撤销 expired=超时关闭"
    ),
    "referral-event": (
        "create=起草 submit=提交 delete=删除草稿 approve=审核通过 return=退回修改 "
        "request-info=要求补充资料 supply=补充资料 accept=接收 reject=拒绝接收 cancel=撤销转诊 "
        "book=预约 arrive=到诊登记 no-show=未到诊 rebook=重新预约 start=开始诊疗 "
        "send-outcome=反馈结果 offer-back=提出下转 accept-back=接回 decline-back=不予接回 "
        "follow-up=转诊随访 acknowledge=确认闭环 resend=重新转出 "
        "emergency-override=急诊先行到诊 claim=认领 redirect=转交其他科室 "
        "transfer=转往其他医院 escalate=超时督办 expire=超时关闭 "
        "close-without-letter=未回执闭环"
    ),
    "referral-task": (
        "referral=转诊 referral-followup=转诊结果随访 escalation=超时督办 "
        "call-patient=联系患者 slip-missing=补交转诊单 arrival-check=到院确认"
    ),
    "referral-direction": "up=上转 down=下转 lateral=横向转诊",
    "referral-urgency": "emergency=紧急 urgent=加急 routine=常规",
    "referral-reject-reason": (
        "1=无床位/号源 2=非本院诊疗范围 3=病情不符合转诊指征 4=资料不全 5=建议转其他机构(text) "
        "6=患者已就诊 9=其他(text)"
    ),
    "referral-cancel-reason": "1=患者拒绝 2=病情变化 3=已自行就诊 4=重复 5=死亡 9=其他(text)",
    "referral-back-decline-reason": "1=不在服务范围 2=无接收能力 3=病情不稳定 9=其他(text)",
    "first-contact": (
        "1=社区首诊后转出 2=急诊 3=直接就诊的专项（结核、精神等） 4=患者自行就诊 "
        "5=外出期间就诊 9=其他(text)"
    ),
    "referral-indication": (
        "U1=临床各科急危重症，难以实施有效救治 U2=受诊疗条件限制不能诊治的疑难复杂病例 "
        "U3=突发公共卫生和重大伤亡事件中处置能力受限 U4=因技术、设备条件限制不能处置 "
        "U5=超出本机构核准诊疗登记科目 U6=需要到上一级医疗机构进一步检查、明确诊断 "
        "U7=手术指征或需住院 U8=其他原因不能处置（含患者要求）(text) "
        "L1=急性期治疗后病情稳定，可出院 L2=诊断明确，不需特殊治疗，或需要长期治疗的慢性病 "
        "L3=需要继续康复治疗 L4=需长期护理和照护的老年患者 L5=自愿转回社区继续治疗或康复 "
        "L6=一般常见病、多发病 L7=晚期舒缓疗护 L8=双方商定的其他(text) "
        "hypertension-up-01=血压≥180/110 mmHg伴剧烈头痛、呕吐、突发言语障碍或肢体瘫痪 "
        "hypertension-up-02=持续剧烈的胸背部疼痛 "
        "hypertension-up-03=血压升高伴下肢水肿、呼吸困难，或不能平卧 "
        "hypertension-up-04=意识丧失或模糊 "
        "hypertension-up-05=胸痛，怀疑急性冠脉综合征（直接转往能做急诊介入治疗的医院） "
        "hypertension-up-06=血压过低伴神情淡漠、心率过快或过慢，或严重过敏反应 "
        "hypertension-up-07=高血压随访危急情况之一：血压≥180/110 mmHg，意识改变，剧烈头痛或头晕"
        "，恶心呕吐，视力模糊，眼痛，心悸，胸闷，心前区疼痛，喘憋不能平卧，妊娠期或哺乳期血压高"
        "于正常，不能处理的其他疾病 hypertension-up-08=初诊：合并严重的临床情况或靶器官损害 "
        "hypertension-up-09=初诊：年轻且血压水平达3级，或30岁以前发病 "
        "hypertension-up-10=初诊：妊娠期或哺乳期 "
        "hypertension-up-11=初诊：怀疑继发性高血压，阵发性升高伴出汗、心动过速 "
        "hypertension-up-12=初诊：怀疑继发性高血压，闻及血管杂音 "
        "hypertension-up-13=初诊：怀疑继发性高血压，双上肢血压相差≥20 mmHg "
        "hypertension-up-14=初诊：怀疑继发性高血压，低血钾难以纠正 "
        "hypertension-up-15=初诊：怀疑继发性高血压，肾脏占位 "
        "hypertension-up-16=初诊：怀疑白大衣高血压，需动态血压监测 "
        "hypertension-up-17=随访：规律药物治疗2～3个月仍未达标（3种以上足量降压药，含利尿剂） "
        "hypertension-up-18=随访：血压控制平稳后再次升高 hypertension-up-19=随访：血压波动大 "
        "hypertension-up-20=随访：出现新的靶器官损害或并发症 "
        "hypertension-up-21=随访：药物不良反应无法解释或难以处理 "
        "hypertension-up-22=随访：连续两次血压控制不满意 hypertension-down-01=诊断明确 "
        "hypertension-down-02=治疗方案确定 hypertension-down-03=血压控制达标或接近目标 "
        "hypertension-down-04=并发症治疗后稳定 hypertension-down-05=继发性病因已排除或已治疗 "
        "diabetes-up-01=糖尿病随访危急情况之一：血糖≥16.7 mmol/L或≤3.9 mmol/L，血压≥180/110 mmH"
        "g，意识或行为改变，呼气有烂苹果样丙酮味，深大呼吸，持续心率＞100次/分，体温＞39 ℃，视"
        "力突然骤降，妊娠期或哺乳期血糖高于正常，经医生确认的酮症表现，不能处理的其他疾病 "
        "diabetes-up-02=怀疑糖尿病酮症酸中毒、高渗性高血糖状态或乳酸酸中毒 "
        "diabetes-up-03=严重或反复低血糖，伴意识改变 diabetes-up-04=血糖≥16.7 mmol/L伴酮体阳性 "
        "diabetes-up-05=急性冠脉事件或脑血管事件 "
        "diabetes-up-06=初次诊断，分型不明（儿童、年轻、消瘦、易发酮症） "
        "diabetes-up-07=妊娠或计划妊娠 diabetes-up-08=急性感染 diabetes-up-09=足部溃疡或坏疽 "
        "diabetes-up-10=视力突然丧失 diabetes-up-11=连续两次空腹血糖≥7.0 mmol/L "
        "diabetes-up-12=规范治疗3个月未达标（糖化血红蛋白≥7%～8%） diabetes-up-13=血糖波动大 "
        "diabetes-up-14=需要胰岛素强化治疗或胰岛素泵 "
        "diabetes-up-15=估算肾小球滤过率＜60 mL/(min·1.73 m²)或大量白蛋白尿 "
        "diabetes-up-16=视网膜病变需激光治疗 diabetes-up-17=难以控制的药物不良反应 "
        "diabetes-up-18=围手术期 diabetes-down-01=分型和治疗方案明确 "
        "diabetes-down-02=血糖稳定在个体化目标 diabetes-down-03=急性并发症已缓解 "
        "diabetes-down-04=慢性并发症已评估并有方案 "
        "diabetes-down-05=胰岛素剂量固定，患者已掌握注射 coronary-up-01=疑似急性冠脉综合征 "
        "coronary-up-02=不稳定型心绞痛 coronary-up-03=新发心力衰竭或心律失常 "
        "coronary-up-04=抗栓治疗中出血 coronary-up-05=评估血运重建 "
        "coronary-down-01=急性冠脉综合征或介入治疗后病情稳定 "
        "coronary-down-02=已给出用药方案和双联抗血小板治疗停药日期 "
        "stroke-up-01=24小时内任何新发神经功能缺损（溶栓时间窗4.5小时） "
        "stroke-down-01=卒中后病情稳定 stroke-down-02=已有康复方案 "
        "stroke-down-03=已写明吞咽和跌倒风险 "
        "copd-up-01=慢阻肺病随访危急情况之一：未吸氧静息血氧饱和度＜90%，呼吸≥30次/分，意识改变"
        "，新出现的发绀，辅助呼吸肌参与呼吸，剧烈胸痛 "
        "copd-up-02=急性加重经48～72小时治疗无好转 copd-up-03=首次诊断，无肺功能检查 "
        "copd-up-04=评估长期家庭氧疗 copd-down-01=急性加重后病情稳定 "
        "copd-down-02=已教会使用吸入装置 elderly-up-01=体检新发现危急值 "
        "chronic-suitable-down-01=诊断明确 chronic-suitable-down-02=治疗方案明确 "
        "chronic-suitable-down-03=病情稳定，适合康复 chronic-suitable-down-04=并发症治疗后稳定"
    ),
}

"""Characters of names that are taken for each other by eye, on paper and in small print.

Our own list, made from what stands in Chinese surnames and given names: shapes that differ in a
stroke, and characters that share all but the radical. Characters that sound alike need not be
here, their reading tells that.
"""

from typing import Final

_GROUPS: Final = """
    己已巳 未末 日曰 土士 干千于 人入 大太犬 天夫 王玉主 木本术 田由甲申 刀力 万方 午牛 今令 毛手
    乌鸟 儿几 厂广 白百自 目且 古右石 旦且 央英 史吏 冬东 永水 文又 贝见 辛幸 立丘 兵乒 冰水 元无
    晴睛清情靖静倩 娜那 伟玮炜纬 杨扬场 陈阵 徐除 彬杉林 琳淋 玲铃岭伶聆 菲非斐 萍苹平坪 娟绢涓捐
    雯霎 霞露霜 雪雷电 明朋萌 昌晶品 红江虹 汪江 洁浩 浩皓诰 宁宇 宇字守 安宴 宏宠 龙尤 军车 建健键
    延廷挺 国围固 困因固 志忠 忠患 思恩 恩因 慧惠 怡治 佳住桂娃柱 梅海悔 敏繁毓 勇涌湧 勇男 涛祷寿
    波坡彼 泽择译 津律 洋详祥样 翔翊翎 峰锋烽蜂 鹏朋鹤 鸿鸣 凤风 春眷 秀香杳 秋和 和知 利莉 莲连
    萱宣营 茜苗 茹菇 芝芸 花化华 英莫 艳绝 绍给 缘绿 素索紫 淑俶 婷停亭 嫣焉 娇骄矫 妍研 妮泥 妹妺
    姗珊 珍诊 珠殊 琪棋淇祺 瑞端湍 瑶遥摇 璐露路 璇旋 莹萤营 荣莹荥 荣菜 蓉容 蕾雷 薇微徽 兴共举
    庆床 康庸 奎魁 刚钢 剑创 利刊 李季 孙孑 子孑 了子 存在 考孝老 吴昊 昊旻 昆昊 昱显 晨晟 晓晚骁
    晖辉挥 朱未末失 朴扑 林村 材村 柳卯 柏伯 松讼 桃挑姚 桐铜 楠南 榕蓉 樱缨 欣歆 欢欣 沈沉 沛市
    洪供 洲州 浚俊峻骏 润闰 涵函 源原 溪奚 滨宾 潇萧 潘番 澄橙 炎淡 炳柄 烨华 焕换 爱受 牟牢 狄秋
    珂河 甫辅 畅扬 益盏盖 盈盆 盛盔 真直 石右 硕顾颂 礼扎 祖租 福富 禄录 秦泰奏 程理 章音 竞竟 第弟
    筱攸 筠均 粟栗 纤红 纪记 约纷 纯钝 维唯惟 群郡 羽翌 翠翌 聂茸 肖尚 胡湖 腾滕藤 良艮 芮苪 范苑
    茂戊 荷苛 莫奠 蒋将 蒙豪毫 蔡祭 薛薜 裕浴 谢射 谭潭 贺贸 贵责 赖懒 赛寒 赫郝 超越起 邓邱 邱丘
    邵郡 郎朗 郑邓 郭廓 钟种 钰玉 铭名 铮净 锐悦 锦绵 镇填 长张 阎闫闰 阳阴 阿何 陆陌 陶淘 隋隅
    隆降 雁雅 雄堆 霖霏 靓靖 韬滔 颖颍 香杳 魏巍 鲁晋 鲍饱 可何 诗持 诺若 苦若 语浯 沐休 彤彬 轩杆
    宸辰 煜煌 航杭 冷泠 凌陵 仁仕任 付什 仲钟 伍仵 俞余佘 侯候 倪睨 傅博溥 储诸 允充 凯剀 勤勒 卓早
    单草 卢户 印卯 厉历 司同 向尚 吕日 哲誓 喜嘉 坤坦 城诚 增曾 墨黑 夏复 奇寄 奕弈 妤好 姜美 婉碗
    媛暖 巩恐 帅师 常堂党 彦颜 彭澎 征证 忻析 恒桓 慕暮 戴载 承丞 政攻 斌武彬 施旋 昕听 映英 普晋
    智知 有友 朝潮 杜社 栋冻 梁粱 樊攀 欧殴 段叚 洛络 浦蒲 湘相 炫弦 然燃 玄弦 班斑 理埋 瑾谨 璟憬
    皇星 禹离 秉乘 继维 翟瞿 耿耽 荀苟 菁青 裴斐 谦歉 贾贡 逢逄 顺须 馨磬
"""


def _neighbours() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in _GROUPS.split():
        for character in group:
            found.setdefault(character, set()).update(group)
    return {character: frozenset(others) for character, others in found.items()}


_NEIGHBOURS: Final = _neighbours()


def look_alike(one: str, other: str) -> bool:
    """Whether one character is easily taken for the other."""
    return other in _NEIGHBOURS.get(one, ())

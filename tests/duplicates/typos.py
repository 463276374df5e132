"""How the same person is written down a second time by somebody else: varied, and honest.

The characters that are mistaken here are this file's own, not those that the search knows: many
of them are in its list, some are not, as in life.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

from kernel.values.names import name_keys
from records.duplicates.matching import Candidate


def _groups(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SOUNDS = _groups("""
    伟玮炜纬卫 静婧靖竞 丽莉利立 敏闵 涛滔韬 军君钧 洋阳扬杨 勇永咏 艳燕雁妍彦 娟鹃 超朝 秀绣
    霞侠 平萍苹 刚钢 桂贵 英瑛樱 华桦 明铭茗 辉晖 红宏鸿洪 玉钰裕 兰岚 春椿 梅玫 凤奉 云芸耘
    荣蓉容 珍贞真 芳方 建健键 国果 志智芝 文雯 晓小筱 东冬 波博 峰锋枫烽 杰洁捷 磊蕾 斌彬宾
    飞菲妃 亮靓 浩皓昊 健建 琳霖林 颖莹影 慧惠卉 倩茜 婷亭庭 娜纳 子梓紫 轩萱宣 宇雨语羽 涵含晗
    欣鑫昕新心 怡宜仪 梦孟 思斯 诗施 辰晨宸 睿瑞锐 泽则 奕艺一易依 航杭 煜玉昱 言妍 佳嘉家
    彤童桐 琪奇棋 瑶遥 天添 嘉佳 俊骏隽 德得 福富 生升 林霖 山珊 田甜 仁任 才财 义毅亦 昌畅 堂唐
    成诚承程 爱艾 淑书 张章 陈程 于余俞 徐许 姜江蒋 郭国 朱祝 周邹 吴武 曲屈 隋随 范樊 任仁 魏卫
    薛雪 牟穆 柳刘 辛新
""")
"""Characters that sound alike (or nearly), which somebody types who has only heard the name."""

_SHAPES = _groups("""
    晴睛 己已 未末 土士 干千 日曰 天夫 大太 杨扬 陈阵 徐除 刘对 娜那 玲铃 菲非 涛祷 洁浩 宇字
    宁宇 延廷 国围 思恩 佳住 佳桂 海梅 波坡 泽译 峰蜂 鹏朋 凤风 春眷 莉利 萱宣 艳绝 婷停 妍研
    姗珊 琪棋 瑶遥 露路 莹营 薇微 刚钢 利刊 李季 孙孑 吴昊 晨晟 辉挥 朱末 林村 桂佳 欣歆 俊峻
    涵函 超越 邵郡 郭廓 锋烽 阳阴 隋隅 彤彬 轩杆 宸辰 仁仕 付什 冷泠 博傅 党堂 凯剀 喜嘉 城诚
    彦颜 戴载 芳芬 兴共 玉王 军车 东车 明朋 强疆 文支 华毕 平乎 永水 民氏 红江 志忘 伟纬 静睁
    敏繁 霞霎 雪雷 倩情 颖颍 慧彗 琳淋 子了 浩皓 杰杢 亮高 磊石 斌武 飞气
""")
"""Characters that look alike, which somebody writes who copies a form."""


def second_entry(person: Candidate, random: Random) -> Candidate:
    """The same person as another clerk enters him: at least one thing is other than before."""
    chance = random.random
    found = person
    if chance() < 0.35:
        found = _other_name(found, random)
    if chance() < 0.25:
        found = replace(found, born=_other_date(found.born, random))
    if chance() < 0.35 and found.phones:
        found = replace(found, phones=_other_phone(found.phones[0], random))
    if chance() < 0.5:
        found = replace(found, address=_other_address(found.address, random))
    if chance() < 0.03 and found.sex:
        found = replace(found, sex="female" if found.sex == "male" else "male")
    if found == person or chance() < 0.75:
        return replace(found, numbers=())
    return _other_number(found, random)


def _other_name(person: Candidate, random: Random) -> Candidate:
    kinds: tuple[Callable[[str, Random], str], ...] = (
        _by_table(_SOUNDS), _by_table(_SOUNDS), _by_table(_SHAPES), _swapped, _shorter,
    )  # fmt: skip
    for kind in random.sample(kinds, len(kinds)):
        name = kind(person.name, random)
        if name != person.name:
            return replace(person, name=name)
    return person


def _by_table(table: tuple[str, ...]) -> Callable[[str, Random], str]:
    def changed(name: str, random: Random) -> str:
        choices = [
            name[:place] + other + name[place + 1 :]
            for place, character in enumerate(name)
            for group in table
            if character in group
            for other in group
            if other != character
        ]
        return random.choice(choices) if choices else name

    return changed


def _swapped(name: str, _random: Random) -> str:
    return f"{name[0]}{name[2]}{name[1]}" if len(name) == 3 else name


def _shorter(name: str, random: Random) -> str:
    return name[0] + random.choice(name[1:]) if len(name) == 3 and name_keys(name) else name


def _other_date(born: date | None, random: Random) -> date | None:
    assert born is not None
    text = f"{born:%Y%m%d}"
    place = random.randrange(2, 7)
    options = (
        text[:4] + text[6:] + text[4:6],
        text[:place] + text[place + 1] + text[place] + text[place + 2 :],
        text[:place] + str(random.randrange(10)) + text[place + 1 :],
    )
    for option in random.sample(options, len(options)):
        try:
            found = date(int(option[:4]), int(option[4:6]), int(option[6:]))
        except ValueError:
            continue
        if found != born and 1900 < found.year < 2027:
            return found
    return born


def _other_phone(phone: str, random: Random) -> tuple[str, ...]:
    place = random.randrange(3, 11)
    slip = phone[:place] + str((int(phone[place]) + 1 + random.randrange(9)) % 10)
    new = f"199{random.randrange(10**8):08d}"
    return random.choice(((new,), (new,), (slip + phone[place + 1 :],), ()))


def _other_address(address: str, random: Random) -> str:
    """Written otherwise, or (as often) another one, because the family moved."""
    street = address.rpartition("街道")[2]
    estate = street.rpartition("社区")[2]
    written = estate.replace("号楼", "-").replace("单元", "-").replace("室", "")
    moved = f"新海社区新海家园{random.randrange(99)}号楼{random.randrange(1, 9)}单元101室"
    return random.choice((street, written, estate.replace("号楼", "栋"), moved, moved, ""))


def _other_number(person: Candidate, random: Random) -> Candidate:
    """The number as it stands on the old card of 15 characters, or as it is read aloud."""
    numbers = person.numbers
    if numbers and len(numbers[0]) == 18 and numbers[0][6:8] == "19" and random.random() < 0.5:
        return replace(person, numbers=(numbers[0][:6] + numbers[0][8:17],))
    return replace(person, numbers=tuple(f" {n[:6]} {n[6:].lower()}" for n in numbers))

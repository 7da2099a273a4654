"""Names as they occur: Chinese companies with region, name, trade and legal form, some Latin ones, and people."""

from random import Random

from pypinyin import lazy_pinyin

# region code or text, city as it stands in names; the big ones come first because they are drawn more often
CITIES = (
    ("310000", "上海"), ("110000", "北京"), ("440300", "深圳"), ("440100", "广州"), ("330100", "杭州"), ("320500", "苏州"), ("510100", "成都"),
    ("500000", "重庆"), ("420100", "武汉"), ("320100", "南京"), ("120000", "天津"), ("610100", "西安"), ("430100", "长沙"), ("410100", "郑州"),
    ("441900", "东莞"), ("370200", "青岛"), ("340100", "合肥"), ("440600", "佛山"), ("330200", "宁波"), ("210100", "沈阳"), ("530100", "昆明"),
    ("350200", "厦门"), ("210200", "大连"), ("350100", "福州"), ("230100", "哈尔滨"), ("370100", "济南"), ("220100", "长春"), ("360100", "南昌"),
)  # fmt: skip
CHARACTERS = (
    "华盛瑞泰恒鑫宏达兴隆嘉诚信德伟业天成金海龙腾飞跃东方正大中远博雅思创智联云启明辉煌光耀星辰宇航卓越锦绣山河江川湖泉林森松柏竹梅兰菊"
    "凯旋胜利丰登永康福寿安宁和顺祥瑞麒麟凤凰鹏程万里千帆百川九州四海三江五岳一品双喜亿众群聚力合众盈利富贵荣昌茂盛源泉润泽沃土良田嘉禾"
)
TRADES = (
    ("科技", "Technology"), ("贸易", "Trading"), ("实业", "Industry"), ("信息技术", "Information Technology"), ("建材", "Building Materials"),
    ("电子", "Electronics"), ("机械设备", "Machinery"), ("物流", "Logistics"), ("医疗器械", "Medical Devices"), ("食品", "Foods"), ("文化传媒", "Media"),
    ("商务咨询", "Consulting"), ("网络科技", "Network Technology"), ("新能源", "New Energy"), ("生物科技", "Biotech"), ("化工", "Chemicals"),
    ("服饰", "Apparel"), ("餐饮管理", "Catering"), ("建筑工程", "Construction"), ("教育科技", "Education"), ("汽车服务", "Automotive Services"),
    ("环保科技", "Environmental"), ("包装制品", "Packaging"), ("家居用品", "Home Goods"), ("农业发展", "Agriculture"), ("光电科技", "Optoelectronics"),
)  # fmt: skip
FORMS = (("有限公司", "Co., Ltd."), ("有限责任公司", "Co., Ltd."), ("股份有限公司", "Corp."), ("集团有限公司", "Group"), ("合伙企业", "LLP"))
FORM_WEIGHTS = (78, 8, 6, 4, 4)
FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰文辉玲红建国志华玉梅晓东海燕小雪峰宇轩子涵梓萱浩然欣怡雨泽思远佳琪俊熙博文诗梦洁雅琴嘉豪睿晨曦"
LATIN = ("Apex", "Bluewave", "Cedar", "Dynacore", "Evergreen", "Fairview", "Granite", "Horizon", "Ironbridge", "Juniper", "Kingsway", "Lakeside", "Meridian", "Northgate", "Oakfield", "Pioneer", "Quantum", "Riverside", "Summit", "Tradewind", "Uplands", "Vantage", "Westbrook", "Zenith")  # fmt: skip
SUBJECTS = ("电话回访", "上门拜访", "方案演示", "报价沟通", "合同确认", "催款", "技术交流", "样品寄送", "年度续约", "售后走访", "展会见面", "需求调研")
DEALS = ("采购", "续约", "扩容", "试点", "改造", "年度框架", "备件", "服务外包")
PINYIN = {character: "".join(lazy_pinyin(character)) for text in (CHARACTERS, FAMILY, GIVEN, *(city for _code, city in CITIES)) for character in text}


def skewed(luck: Random, count: int, power: float = 2.0) -> int:
    """A place below ``count``; the first ones come far more often."""
    return int(count * luck.random() ** power)


def latin(hanzi: str) -> str:
    """Pinyin with a capital."""
    return "".join(PINYIN[character] for character in hanzi).capitalize()


def company(luck: Random) -> dict[str, str]:
    """A company: names in both languages, short name, region; one in twelve is foreign."""
    code, city = CITIES[skewed(luck, len(CITIES))]
    trade, trade_en = TRADES[skewed(luck, len(TRADES))]
    if luck.random() < 0.08:
        name = f"{luck.choice(LATIN)} {luck.choice(LATIN)} {trade_en} {luck.choice(('Inc.', 'GmbH', 'Ltd', 'S.A.'))}"
        return {"name": name, "name_en": name, "short_name": name.split()[0], "region": code}
    core = "".join(luck.choices(CHARACTERS, k=luck.choice((2, 2, 2, 3, 3, 4))))
    form, form_en = luck.choices(FORMS, FORM_WEIGHTS)[0]
    name = f"{city}{core}{trade}{form}" if luck.random() < 0.7 else f"{core}{trade}（{city}）{form}"
    return {"name": name, "name_en": f"{latin(city)} {latin(core)} {trade_en} {form_en}", "short_name": core, "region": code}


def person(luck: Random) -> dict[str, str]:
    """A person: Chinese name and pinyin."""
    family = FAMILY[skewed(luck, len(FAMILY), 1.6)]
    given = "".join(luck.choices(GIVEN, k=luck.choice((1, 2, 2, 2))))
    return {"name": family + given, "name_en": f"{latin(given)} {latin(family)}"}


def mobile(luck: Random) -> str:
    """A Chinese mobile number."""
    return f"1{luck.choice('3356788899')}{luck.randrange(10**9):09d}"


def credit_code(luck: Random) -> str:
    """A unified social credit code with its right check character (GB 32100)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91{luck.choice(('310115', '110108', '440305', '330106', '320505'))}MA{''.join(luck.choices(alphabet, k=7))}"
    total = sum(alphabet.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]

"""Names of people who do not exist: common surnames, given names that suit anybody, some long ones, one English one.

Equal names happen, as in a real school: two children may share one.
"""

from random import Random

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
DOUBLE_SURNAMES = ("欧阳", "司马", "诸葛", "上官")
FIRST_SIGNS = (
    "一之乐书予云亦今佳元兆初卓可嘉宁安宇尚希平庭彦思怀意慕文新方明星晓景晨"
    "智朗果林森楚永清源澄然牧珂瑞皓知秋科米翰致舒若茗言诺辰远逸锦陶青非顾麦"
)
SECOND_SIGNS = (
    "一乐云予亭依凡南原吟和哲城坤宁宸川希帆年心忆恒恩扬拓敏文昕时明星晗晨晴朗林"
    "柏柯桐楠欣歌沐泽洋涵清溪然煜玥瑜瑞甜畅知禾秋童米舟航若菲言诚语轩辰远逸遥鸣齐"
)
LONG_NAMES = (
    "阿依古丽·买买提",
    "古丽娜尔·阿卜杜热合曼",
    "迪丽拜尔·努尔麦麦提江",
    "扎西卓玛",
    "次仁旺姆",
    "斯琴格日勒",
    "阿卜杜外力·图尔荪",
    "Robin Ashdown",
)


def surname(rng: Random) -> str:
    """One surname; one in forty has two signs."""
    return rng.choice(DOUBLE_SURNAMES) if rng.random() < 0.025 else rng.choice(SURNAMES)


def given_name(rng: Random) -> str:
    """A given name of one or two signs."""
    return rng.choice(SECOND_SIGNS) if rng.random() < 0.15 else rng.choice(FIRST_SIGNS) + rng.choice(SECOND_SIGNS)


def adult_name(rng: Random, family: str | None = None) -> str:
    """A grown-up's name, of a given family or any."""
    return (family or surname(rng)) + given_name(rng)

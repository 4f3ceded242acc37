"""What is asked in the pictures of the pages in Simplified Chinese, and what the scripted model answers; see `words.py`."""

from typing import Final

from tests.pictures.words import HEARD, PAINT, Words
from texts.say import Locale

SKY: Final = "天空为什么是蓝的？讲给小朋友听。"
SKY_ANSWER: Final = """\
阳光看起来是白的，其实里面藏着**彩虹的所有颜色**。🌈

阳光照到我们这里，要先穿过空气。空气里有数不清的小颗粒，小得看不见，光会撞上它们：

- **红光**懒洋洋的，慢慢往前走，几乎不理会这些小颗粒。
- **蓝光**很调皮，撞一下就弹开，到处乱跑，像一只皮球在树林里蹦来蹦去。

所以你抬头看的时候，蓝光从四面八方跑进眼睛里，整个天空就是蓝的了。"""

TRIP: Final = "周日在杭州，偏偏下雨，去哪儿好？"
TRIP_ANSWER: Final = """\
下雨的杭州适合喝茶、逛馆子：

1. **上午**：去龙井的*中国茶叶博物馆*，人少，茶山上全是雾。
2. **中午**：找一家小店，点片儿川，再来一碟酱鸭。
3. **下午**：在北山街找个靠窗的位子，看雨落在西湖上。
4. **晚上**：买一盒定胜糕，趁热吃。"""
TRIP_MORE: Final = "要是雨停了呢？"
TRIP_MORE_ANSWER: Final = """\
那就带上定胜糕去*宝石山*。雨刚停的时候，湖面最干净，城里的灯也正好一盏一盏亮起来。"""

CODE: Final = "写一个 Python 函数，判断一个词是不是回文。"
CODE_ANSWER: Final = """\
```python
def is_palindrome(word: str) -> bool:
    letters = [it for it in word.casefold() if it.isalnum()]
    return letters == letters[::-1]
```
`casefold` 忽略大小写，`isalnum` 忽略空格和标点，所以*“上海自来水来自海上。”*也算回文。"""

NOTES: Final = "定了哪些事，谁来做？"
NOTES_FILE: Final = """\
# 园艺小组，十一月例会

- 堆肥箱搬到棚子后面。小波去问他哥哥借面包车。
- 这个月种大蒜。小爱订蒜种。
- 池塘没有定，一月再说。
"""
NOTES_ANSWER: Final = """\
定了两件事：

- **小波**：堆肥箱搬到棚子后面，他去借面包车。
- **小爱**：这个月种大蒜，她订蒜种。

池塘等到一月再说。"""

SURPRISE: Final = "帮我给 Bob 准备一个生日惊喜，千万别让他知道！"
SURPRISE_ANSWER: Final = """\
放心，我嘴很严。🤫 先问几件事：没人问的时候他最爱聊什么？他想念谁？哪一天他肯定不在家？"""

# The sandbox's painter writes with letters that have no Chinese among them, so what is painted is asked in English.

HEARD_ANSWER: Final = "在这里我只知道你的录音有多大。机器人有听写模型的话，我会读到你说的话，再回答。"

CHINESE: Final = Words(
    locale=Locale("zh-CN"),
    browser="zh-CN",
    label="演示模型",
    description="回答是事先写好的",
    deltas_per_s=8.0,
    sky=SKY,
    sky_middle="小颗粒",
    trip=TRIP,
    trip_more=TRIP_MORE,
    code=CODE,
    notes=NOTES,
    notes_name="例会.md",
    notes_file=NOTES_FILE,
    surprise=SURPRISE,
    paint=PAINT,
    vector="港口里的船",
    judged="这里有 hateful 这个词",
    think="一块钱有多少种找零的办法？",
    answers={
        SKY: SKY_ANSWER,
        TRIP: TRIP_ANSWER,
        TRIP_MORE: TRIP_MORE_ANSWER,
        CODE: CODE_ANSWER,
        NOTES: NOTES_ANSWER,
        SURPRISE: SURPRISE_ANSWER,
        HEARD: HEARD_ANSWER,
    },
)

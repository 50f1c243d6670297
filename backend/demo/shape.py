"""What the demonstration school is like: grades, subjects, habits of setting homework and of under-estimating it.

Numbers only, each chosen so that the whole comes out as inspections report it (tests/demo/test_realism.py). How they
become rows is written in the modules beside this one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from backend.domain.load import Kind, Place
from backend.domain.policy import Stage

DEFAULT_SEED = 2026
ZONE = "Asia/Shanghai"
SCHOOL_NIGHTS = 90
#: Between two nights there is room in a student's counter for what visitors of the demonstration write.
COUNTER_STEP = 10_000
#: Every generated id begins with this: the space of names in which the demonstration's ids are made.
NAMESPACE = uuid.UUID("0c9d5a52-9f0e-5b3c-8a76-6e69676874aa")
SCHOOL_NAME = "春晓实验学校（Chunxiao School）"
SCHOOL_SLUG = "chunxiao"
DISTRICT_NAME = "青禾区教育局（Qinghe District）"
DISTRICT_SLUG = "qinghe"


@dataclass(frozen=True, slots=True)
class Habit:
    """How one subject of a grade sets homework: on which weekdays, what its teacher thinks and what is true.

    `takes`: real minutes ÷ estimated minutes for a student of ordinary pace.
    """

    subject: str
    kind: Kind
    weekdays: tuple[int, ...]
    estimates: tuple[int, ...]
    takes: float
    titles: tuple[str, ...]
    tiered: bool = False
    ranged: bool = False
    place: Place = Place.home


@dataclass(frozen=True, slots=True)
class GradeShape:
    """A grade: its classes' sizes, its evenings in minutes after midnight, its habits."""

    stage: Stage
    grade: int
    name: str
    sizes: tuple[int, ...]
    school_ends: int
    work_begins: int
    bedtime: int
    wakes: int
    habits: tuple[Habit, ...]


_WRITTEN, _READING, _ORAL = Kind.written, Kind.reading, Kind.oral
_EVERY = (1, 2, 4, 5)
_READ = Habit("chinese", _READING, (1, 2, 3, 4, 5), (15, 20), 1.05, ("阅读《{n}》章", "自选阅读 {n} 页"))
_ROPE = Habit("pe", Kind.exercise, (2, 3), (15,), 0.9, ("跳绳 {n} 组", "亲子运动"))
_ALOUD = Habit("english", _ORAL, (2, 4), (10,), 0.9, ("朗读 Unit {n}",))

GRADES = (
    GradeShape(
        Stage.primary,
        3,
        "三",
        (42, 41, 43, 42),
        school_ends=16 * 60 + 10,
        work_begins=18 * 60 + 20,
        bedtime=21 * 60 + 4,
        wakes=6 * 60 + 36,
        habits=(
            Habit("chinese", _WRITTEN, _EVERY, (15, 20), 1.15, ("第 {n} 课生字词", "习作片段 {n}", "练习册第 {n} 页")),
            Habit("maths", _WRITTEN, _EVERY, (15,), 1.5, ("口算第 {n} 页", "练习 {n}")),
            Habit("english", _WRITTEN, (1, 4), (10,), 1.1, ("Unit {n} 单词",), ranged=True),
            Habit("science", Kind.practical, (5,), (20,), 1.25, ("观察记录 {n}",)),
            _READ,
            _ROPE,
            _ALOUD,
        ),
    ),
    GradeShape(
        Stage.primary,
        5,
        "五",
        (43, 42, 41, 42),
        school_ends=16 * 60 + 30,
        work_begins=18 * 60 + 25,
        bedtime=21 * 60 + 8,
        wakes=6 * 60 + 36,
        habits=(
            Habit("chinese", _WRITTEN, _EVERY, (15, 20), 1.15, ("第 {n} 课练习", "小练笔 {n}", "预习第 {n} 课")),
            Habit("maths", _WRITTEN, _EVERY, (10, 15), 1.5, ("练习 {n}", "解决问题 {n}"), tiered=True),
            Habit("english", _WRITTEN, (1, 2, 4), (10,), 1.1, ("Unit {n} 练习",), ranged=True),
            Habit("science", Kind.practical, (5,), (20,), 1.25, ("小实验 {n}",)),
            _READ,
            _ROPE,
            _ALOUD,
        ),
    ),
    GradeShape(
        Stage.junior,
        7,
        "七",
        (42, 42, 41, 43),
        school_ends=17 * 60 + 20,
        work_begins=18 * 60 + 40,
        bedtime=21 * 60 + 34,
        wakes=6 * 60 + 6,
        habits=(
            Habit("chinese", _WRITTEN, _EVERY, (15, 20), 1.15, ("《{n}》课后练习", "文言文 {n}", "周记 {n}")),
            Habit("maths", _WRITTEN, _EVERY, (20,), 1.5, ("习题 {n}", "作业本第 {n} 页"), tiered=True),
            Habit("english", _WRITTEN, _EVERY, (15,), 1.1, ("Unit {n} 练习", "短文 {n}"), ranged=True),
            Habit("ethics", _WRITTEN, (1,), (10,), 0.9, ("第 {n} 框练习",)),
            Habit("history", _WRITTEN, (2,), (10,), 1.0, ("第 {n} 课填图",)),
            Habit("geography", _WRITTEN, (4,), (10,), 1.3, ("第 {n} 课读图",)),
            Habit("biology", _WRITTEN, (5,), (10,), 1.2, ("第 {n} 节练习",)),
            _READ,
            _ROPE,
            _ALOUD,
        ),
    ),
)

SELF_STUDY = (("课外阅读", None), ("练琴", None), ("书法", "chinese"), ("奥数题", "maths"), ("英语听力", "english"))
NOTES = (
    "今天做得很专心。",
    "有点累，早点睡了。",
    "数学花的时间比较长。",
    "周末外出，作业分两天完成。",
    "孩子有些咳嗽，请老师留意。",
    "谢谢老师提醒，今晚按时睡了。",
)
REPLIES = ("收到，谢谢！", "好的，明天会和任课老师沟通。", "身体要紧，写不完没关系。", "做得很好，继续保持。", "")
REASONS = ("单元复习，已与年级组协商。", "补上周五未完成的内容。")

"""The words around a reminder in a letter. What the reminder itself says is in `notifications/messages/`."""

from __future__ import annotations

WORDS = {
    "zh-CN": {
        "subject": "作业记录单：有一条提醒",
        "open": "打开查看",
        "why": "学校用作业记录单记录作业时间和睡眠，这封信由系统发出，不必回复。",
        "stop": "不想再收到邮件提醒：",
        "stop_link": "不再接收邮件提醒",
    },
    "en": {
        "subject": "Nightsheet: a reminder for you",
        "open": "Open it",
        "why": "The school keeps homework time and sleep in Nightsheet. Nobody reads replies to this letter.",
        "stop": "To end these e-mails:",
        "stop_link": "End these e-mails",
    },
}


def email_words(locale: str) -> dict[str, str]:
    """One language's words; Chinese where the locale is not one of ours."""
    return WORDS.get(locale, WORDS["zh-CN"])

"""The printed page of slips: A4, eight to a page, QR and code, Chinese and English. Plain HTML that prints itself.

The code stands in the fragment of the address, which a browser sends to nobody, so it is in no server's log. A
telephone or a student number is on no slip.
"""

from __future__ import annotations

from html import escape

import segno

from backend.services.identity.slips import ClassSlips, Slip

_LONG = 30  # characters of names beyond which they are set smaller
_HEAD = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
"""
_STYLE = """
@page { size: A4; margin: 10mm; }
* { box-sizing: border-box; }
body { margin: 0; color: #000; background: #fff; font: 9pt/1.4 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  "Source Han Sans SC", sans-serif; }
main { display: grid; grid-template-columns: 1fr 1fr; }
article { break-inside: avoid; height: 68mm; padding: 3mm 4mm; border: 0.3mm dashed #888; overflow: hidden;
  display: grid; grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr) 31mm; column-gap: 3mm; }
article > div { overflow: hidden; }
header { grid-column: 1 / 3; border-bottom: 0.2mm solid #ccc; padding-bottom: 1mm; font-size: 8pt; }
h2 { margin: 1.5mm 0 1mm; font-size: 12pt; line-height: 1.25; overflow-wrap: anywhere; }
h2 small { font-size: 8pt; font-weight: 400; }
h2.long, h2.long small { font-size: 6.5pt; }
.code { font: 700 13pt/1.3 ui-monospace, Consolas, Menlo, monospace; text-align: center; white-space: nowrap; }
p { margin: 0 0 0.8mm; font-size: 8.5pt; line-height: 1.3; }
[lang=en] { color: #333; font-size: 7pt; line-height: 1.25; }
svg { display: block; width: 28mm; height: 28mm; margin: 0 auto; }
footer { grid-column: 1 / 3; font-size: 7.5pt; line-height: 1.3; }
aside { padding: 2mm 4mm; }
@media screen { body { max-width: 210mm; margin: 0 auto; padding: 10mm; } }
@media print { aside { display: none; } }
"""


def render_slips(sheet: ClassSlips, *, public_url: str) -> str:
    """A whole HTML document with every slip of a class; ``public_url`` is where phones reach the installation."""
    title = escape(f"{sheet.school_name} {sheet.class_name} 登录条")
    body = "\n".join(_slip(slip, sheet, public_url.rstrip("/")) for slip in sheet.slips)
    head = f"<title>{title}</title>\n<style>{_STYLE}</style>"
    return f"{_HEAD}{head}\n</head>\n<body>\n{_remarks(sheet)}<main>\n{body}\n</main>\n</body>\n</html>\n"


def claim_address(public_url: str, code: str) -> str:
    """The address in the QR code: the code stands behind the # sign."""
    return f"{public_url.rstrip('/')}/#/claim/{code.replace('-', '')}"


def _slip(slip: Slip, sheet: ClassSlips, public_url: str) -> str:
    picture = segno.make(claim_address(public_url, slip.code), error="m").svg_inline(border=2, omitsize=True)
    place = escape(f"{sheet.school_name} · {sheet.class_name}")
    chinese, english = _for_whom(slip)
    until = sheet.expires_on.isoformat()
    return (
        f"<article>\n<header>作业记录单 Nightsheet · {place}</header>\n<div>\n{_whose(slip)}"
        f'<p>{chinese}</p>\n<p lang="en">{english}</p>\n</div>\n'
        f'<div>{picture}<div class="code">{escape(slip.code)}</div></div>\n'
        f"<footer>扫码，或在浏览器打开 {escape(public_url)} 输入右上的码。只能用一次，{until} 前有效。"
        f'遗失请告诉班主任，旧码即作废。<br><span lang="en">Scan, or open the address and type the code. '
        f"Works once, until {until}. "
        f"If it is lost, tell the homeroom teacher: the old code then ends.</span></footer>\n</article>"
    )


def _whose(slip: Slip) -> str:
    student = escape(slip.student_name)
    long = len(slip.student_name) + len(slip.guardian_name or "") > _LONG
    tag = '<h2 class="long">' if long else "<h2>"
    if slip.guardian_name is None:
        return f'{tag}{student} <small>学生本人 <span lang="en">student</span></small></h2>\n'
    relation = f"（{escape(slip.relation)}）" if slip.relation else ""
    return (
        f"{tag}{escape(slip.guardian_name)}{relation} "
        f'<small>{student}的家长 <span lang="en">guardian of {student}</span></small></h2>\n'
    )


def _for_whom(slip: Slip) -> tuple[str, str]:
    if slip.guardian_name is None:
        return (
            "供学生本人记录作业和就寝时间，也可以在家长的手机上使用。请勿给同学。",
            "For this student, to note homework and bedtime; a parent's phone will do. Do not pass it on.",
        )
    return (
        "只供这位家长：同意、查看、确认时间和就寝。还需填写留在学校的电话后四位。自愿使用，不使用没有任何影响。",
        "Only for this guardian: to consent, read and confirm times and bedtime. It asks the last four digits of "
        "the telephone the school has. Voluntary, without any consequence.",
    )


def _remarks(sheet: ClassSlips) -> str:
    """What the office should know before printing; not printed itself."""
    lines = []
    if sheet.without_telephone:
        lines.append(
            f"<p>{sheet.without_telephone} 位家长没有电话，没有登录条。请补充电话后再打印。 "
            f'<span lang="en">Guardians without a telephone and without a slip: {sheet.without_telephone}.</span></p>'
        )
    if sheet.without_guardian:
        lines.append(
            f"<p>{sheet.without_guardian} 名学生没有家长。 "
            f'<span lang="en">{sheet.without_guardian} students have no guardian.</span></p>'
        )
    return f"<aside>{''.join(lines)}</aside>\n" if lines else ""

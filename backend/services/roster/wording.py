"""The sentences of roster problems, Chinese first. Every code stands here once and nowhere else in words."""

from __future__ import annotations

#: code -> (zh-CN, en); a code with a second sentence has it under ``code_stored``, for what the database already holds.
#: ``{place}`` is the cell; the other fields are the problem's own parameters.
SENTENCES: dict[str, tuple[str, str]] = {
    "file_empty": ("文件是空的。请选择花名册文件。", "The file is empty. Choose the roster file."),
    "file_too_large": (
        "文件超过 {limit} MB。请只保留花名册，删掉图片和其他工作表后再试。",
        "The file is larger than {limit} MB. Keep the roster only, without pictures and other sheets.",
    ),
    "file_wrong_type": (
        "这不是可以读取的表格。请在 Excel 或 WPS 中另存为 .xlsx（或 .xls、.ods、.csv）后再导入。",
        "This is not a spreadsheet that can be read. Save it as .xlsx (or .xls, .ods, .csv) and import it again.",
    ),
    "file_unreadable": (
        "文件已损坏，读不出来。请在 Excel 或 WPS 中打开，另存为新的 .xlsx 后再导入。",
        "The file is damaged. Open it in your spreadsheet program, save it as a new .xlsx and import that.",
    ),
    "file_protected": (
        "文件设有打开密码。请取消密码后再导入。",
        "The file is protected by a password. Remove the password and import it again.",
    ),
    "too_many_rows": (
        "{place}超过 {limit} 行。请按年级分成几个文件，并删除表格下方多余的内容。",
        "{place}more than {limit} rows. Split the file by grade and delete whatever is below the table.",
    ),
    "too_many_columns": (
        "{place}超过 {limit} 列。请删除表格右侧多余的内容。",
        "{place}more than {limit} columns. Delete whatever is to the right of the table.",
    ),
    "no_rows": (
        "文件里没有一名学生。请确认表头下面有学生。",
        "The file holds no student. Check that there are students below the header.",
    ),
    "no_header": (
        "没有找到表头。请保留一行写明「姓名」「班级」等的表头。",
        "No header was found. Keep one row that says 姓名 (name), 班级 (class) and so on.",
    ),
    "no_class_column": (
        "{place}没有「班级」列。请添加班级，或在标题里写明班级。隐藏的列不读取。",
        "{place}there is no class column. Add one, or name the class in the title. Hidden columns are not read.",
    ),
    "sheet_skipped": (
        "{place}没有花名册的表头，未读取。如果其中有学生，请补上表头。",
        "{place}no roster header, so it was not read. If it holds students, add the header.",
    ),
    "sheet_hidden": (
        "{place}是隐藏的工作表，未读取。如果其中有学生，请取消隐藏。",
        "{place}the sheet is hidden, so it was not read. If it holds students, unhide it.",
    ),
    "hidden_columns_unknown": (
        ".xls 文件不能说明哪些列是隐藏的。请核对；身份证号一律不读取。也可以另存为 .xlsx。",
        "An .xls file does not tell which columns are hidden. Please check; identity numbers are never read. "
        "Or save it as .xlsx.",
    ),
    "school_year_differs": (
        "{place}标题写的是 {stated} 学年，导入的是 {year} 学年。请确认没有选错文件或学年。",
        "{place}the title says school year {stated}, but {year} is being imported. Check the file and the year.",
    ),
    "zeros_lost": (
        "{place}「{header}」是数字格式，开头的 0 可能已丢失。请把这一列改为文本格式并核对。",
        "{place}“{header}” is stored as numbers; leading zeros may be lost. Format the column as text and check it.",
    ),
    "no_guardian_columns": (
        "{place}没有家长的列。学生照常导入，之后请补充家长姓名和电话。",
        "{place}there are no guardian columns. The students are imported; add names and telephones later.",
    ),
    "no_name": (
        "{place}没有学生姓名。请填写姓名；如果这一行不是学生，请删除。",
        "{place}no student name. Fill it in, or delete the row if it is not a student.",
    ),
    "name_too_long": (
        "{place}姓名超过 {limit} 个字。请只填写姓名。",
        "{place}the name is longer than {limit} characters. Give the name only.",
    ),
    "no_class": ("{place}没有班级。请填写，例如 三(2)班。", "{place}no class. Fill it in, for example 三(2)班."),
    "unknown_class": (
        "{place}看不懂班级「{text}」。请写成 三(2)班 或 三年级2班。",
        "{place}the class “{text}” is not understood. Write it as 三(2)班 or 三年级2班.",
    ),
    "class_became_date": (
        "{place}班级被 Excel 变成了日期。请把这一列改为文本格式，写成 三(2)班。",
        "{place}the spreadsheet turned the class into a date. Format the column as text and write 三(2)班.",
    ),
    "class_lost_zero": (
        "{place}班级「{text}」是数字，可能是 {text}0 少了末尾的 0。请改为文本格式，写成 三(10)班 的形式。",
        "{place}the class “{text}” is a number and may have been {text}0. Format it as text, like 三(10)班.",
    ),
    "grade_ambiguous": (
        "{place}从「{text}」不能确定是几年级（{year} 学年）。请写明年级，例如 九年级1班 或 初三(1)班。",
        "{place}the grade of “{text}” is not certain (school year {year}). Write the grade: 九年级1班 or 初三(1)班.",
    ),
    "grade_contradicted": (
        "{place}班级「{text}」和年级列不一致。请改正其中一个。",
        "{place}the class “{text}” contradicts the grade column. Correct one of them.",
    ),
    "grade_inferred": (
        "{place}「{text}」按 {year} 学年读作 {grade} 年级。请核对。",
        "{place}“{text}” was read as grade {grade} in school year {year}. Please check.",
    ),
    "class_differs_from_sheet": (
        "{place}班级「{text}」与工作表或标题的年级不同，按这一格导入。请核对。",
        "{place}the class “{text}” differs from the grade of the sheet or title; the cell counts. Please check.",
    ),
    "number_twice": (
        "{place}「{header}」与工作表「{other_sheet}」第{other_row}行相同，这一行没有导入。请改正号码或删除重复的行。",
        "{place}“{header}” is the same as in sheet “{other_sheet}”, row {other_row}; this row is not imported. "
        "Correct the number or delete the repeated row.",
    ),
    "identity_number": (
        "{place}「{header}」里有身份证号，没有读取。请删除身份证号。",
        "{place}“{header}” holds an identity number, which was not read. Delete it.",
    ),
    "number_unreadable": (
        "{place}「{header}」的号码太长或已被 Excel 改写，没有读取。请改为文本格式重新填写。",
        "{place}the number in “{header}” is too long or was rewritten by the spreadsheet and was not read. "
        "Format it as text and type it again.",
    ),
    "name_spaces": (
        "{place}姓名中的空格已去掉。请核对。",
        "{place}spaces inside the name were removed. Please check.",
    ),
    "name_odd": (
        "{place}姓名里有不像姓名的字符。请核对并改正。",
        "{place}the name holds characters that do not belong in a name. Please check and correct it.",
    ),
    "no_guardian": (
        "{place}没有家长。学生照常导入，之后请补充家长姓名和电话。",
        "{place}no guardian. The student is imported; add a name and telephone later.",
    ),
    "guardian_incomplete": (
        "{place}只填了关系，没有家长姓名和电话，这位家长没有导入。请补充或清空。",
        "{place}only the relation is given, so this guardian is not imported. Add name and telephone or clear it.",
    ),
    "guardian_no_name": (
        "{place}有电话，没有家长姓名，这位家长没有导入。请补充姓名。",
        "{place}there is a telephone but no name, so this guardian is not imported. Add the name.",
    ),
    "no_telephone": (
        "{place}家长没有电话，暂时不能领取登录码。请补充手机号。",
        "{place}the guardian has no telephone and cannot sign in yet. Add a mobile number.",
    ),
    "bad_telephone": (
        "{place}电话号码不对，没有导入这个号码。请改为 11 位手机号。",
        "{place}the telephone number is not valid and was left out. Give an 11-digit mobile number.",
    ),
    "phone_shared": (
        "{place}这个电话在工作表「{other_sheet}」第{other_row}行是另一个姓名，按两位家长处理。如果是同一个人，请把姓名改成一样。",
        "{place}this telephone stands under another name in sheet “{other_sheet}”, row {other_row}; "
        "they are two guardians. If it is one person, write the name alike.",
    ),
    "phone_shared_stored": (
        "{place}这个电话在系统里是另一个姓名，按两位家长处理。如果是同一个人，请把姓名改成一样。",
        "{place}this telephone is already known under another name; they are two guardians. "
        "If it is one person, write the name alike.",
    ),
    "bad_birth_month": (
        "{place}看不懂出生年月，按年龄未知处理。请写成 2014-05。",
        "{place}the birth month is not understood; the age counts as unknown. Write it as 2014-05.",
    ),
    "boards_unclear": (
        "{place}看不懂是否住校，保持原样。请填 是 或 否。",
        "{place}whether the child boards is not clear and was left as it is. Write 是 (yes) or 否 (no).",
    ),
    "number_taken": (
        "{place}「{header}」在系统里属于另一名学生，这一行没有导入。请核对号码。",
        "{place}“{header}” belongs to another student in the system; this row is not imported. Check the number.",
    ),
    "name_changed": (
        "{place}号码相同，姓名与系统里的不同，已改为文件中的姓名。请确认是同一名学生。",
        "{place}the number is known under another name, which was replaced. Make sure it is the same student.",
    ),
    "new_stage": (
        "{place}「{text}」：本校还没有这个学段的班级，将新建。请确认年级没有写错。",
        "{place}“{text}”: the school has no class of this stage yet; one is created. Make sure the grade is right.",
    ),
    "guardian_not_in_file": (
        "{place}系统里这名学生还有别的家长，文件里没有，已保留。如需解除，请由教务处办理。",
        "{place}the student has a guardian who is not in the file and was kept. The academic office can end it.",
    ),
    "guardianship_ended": (
        "{place}这位家长的监护关系已在系统里解除，没有恢复。如需恢复，请由教务处办理。",
        "{place}this guardianship was ended in the system and was not restored. The academic office can restore it.",
    ),
    "leavers_not_made": (
        "有未导入的行，本次没有把任何学生标为离校。请改正后再导入。",
        "Some rows are not imported, so nobody was marked as having left. Correct them and import again.",
    ),
    "maybe_twice": (
        "{place}与第{other_row}行的姓名、班级和家长完全相同，按两名学生导入。如果是重复的行，请删除。",
        "{place}name, class and guardians equal row {other_row}; two students are imported. "
        "Delete the row if it is a repetition.",
    ),
}


def word(code: str, locale: str, **params: str | int) -> str:
    """The sentence of a code in a locale: Chinese for ``zh…``, English for anything else. Raises KeyError."""
    chinese, english = SENTENCES[code]
    template = chinese if locale.startswith("zh") else english
    sentence = template.format(**{"place": "", **params})
    return sentence[:1].upper() + sentence[1:]

"""The sentences of a staff list's problems, Chinese first. Codes that a roster has too are worded there."""

#: code -> (zh-CN, en). ``{place}`` is the cell; the other fields are the problem's own parameters.
SENTENCES: dict[str, tuple[str, str]] = {
    "staff_no_header": (
        "没有找到表头。请保留一行写明「姓名」「职务」，需要时再加「班级」「科目」「星期」「手机」。",
        "No header was found. Keep one row that says name and role and, where needed, class, subject, weekdays, phone.",
    ),
    "staff_no_rows": ("表头下面没有一名教职工。", "There is nobody below the header."),
    "staff_no_name": ("{place}没有姓名。请填写。", "{place}no name. Fill it in."),
    "staff_no_role": (
        "{place}没有职务。请填写：任课教师、班主任、备课组长、年级组长或教务处。",
        "{place}no role. Write subject teacher, homeroom teacher, prep group, grade head or academic office.",
    ),
    "staff_unknown_role": (
        "{place}不认识的职务。请写：任课教师、班主任、备课组长、年级组长或教务处。",
        "{place}unknown role. Write subject teacher, homeroom teacher, prep group, grade head or academic office.",
    ),
    "staff_class_needed": (
        "{place}这个职务需要班级。请填写，例如 三(1)班;几个班用顿号隔开。",
        "{place}this role needs a class. Fill it in, for example 三(1)班 or 3.1; separate several by commas.",
    ),
    "staff_grade_needed": (
        "{place}这个职务需要年级。请填写，例如 三年级。",
        "{place}this role needs a grade. Fill it in, for example 三年级 or 3.",
    ),
    "staff_subject_needed": (
        "{place}这个职务需要科目。请填写，例如 语文。",
        "{place}this role needs a subject. Fill it in, for example Maths.",
    ),
    "staff_unknown_subject": (
        "{place}学校没有这个科目。可写：{known}。",
        "{place}the school has no such subject. There are: {known}.",
    ),
    "staff_unknown_weekday": (
        "{place}看不懂的星期。请写 一三五、周一至周五 或 1,3,5。",
        "{place}unreadable weekdays. Write 1,3,5 or Mon Wed Fri.",
    ),
    "staff_bad_telephone": (
        "{place}这不是电话号码，已导入但没有记下号码。请改正后再导入一次。",
        "{place}this is no telephone number; the person was taken without it. Correct it and import again.",
    ),
    "staff_alias_is_name": (
        "{place}公示代号不能是姓名，因为公示是公开的。已导入但没有记下代号。",
        "{place}the alias is the name itself, and the notice board is public. The person was taken without an alias.",
    ),
    "staff_long_alias": (
        "{place}公示代号最多 20 个字。已导入但没有记下代号。",
        "{place}an alias has at most 20 characters. The person was taken without one.",
    ),
    "staff_ambiguous": (
        "{place}有几位同名的教职工，不能确定是哪一位。请在这一行填上手机号。",
        "{place}several people have this name. Fill in the telephone in this row to say which.",
    ),
    "staff_same_name": (
        "{place}已有同名但手机号不同的教职工，按另一人处理。如果是同一人，请先改正手机号。",
        "{place}somebody of this name exists with another telephone and was taken as another person.",
    ),
    "staff_second_homeroom": (
        "{place}这个班有两位班主任。如果换了班主任，请加上 --replace 或结束原来的职务。",
        "{place}this class has two homeroom teachers now. If one has left the post, import with --replace.",
    ),
    "staff_row_twice": ("{place}与上面一行完全相同，只取一次。", "{place}the same as a row above; taken once."),
    "staff_is_pupil": (
        "{place}学习委员是学生，不在教职工名单里。这一行未导入。",
        "{place}a class recorder is a pupil and not staff. This row was not taken.",
    ),
}

"""Reading the workbook a school really has, and making its students, guardians and enrolments agree with it.

``workbook`` gives cells, ``headers`` finds what the columns mean, ``class_names`` and ``fields`` read single cells,
``reading`` puts the file together and says what is wrong with it, ``importing`` compares with what is stored.
Printing slips is not here but in ``backend.services.identity.slips``.
"""

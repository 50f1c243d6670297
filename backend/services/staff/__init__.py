"""Staff: reading the list a school has, and making people, posts and first sign-ins agree with it.

``cells`` reads single cells, ``reading`` one workbook, ``importing`` compares with what is stored. Signing in is
elsewhere.
"""

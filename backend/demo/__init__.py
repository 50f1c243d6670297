"""The demonstration: a school as data (`school.build`), put into a database (`loading.load`), and one evening's script.

Nothing here speaks HTTP: the evening is played by `mobile_api.demo_phone`. Nothing here happens at import.
"""

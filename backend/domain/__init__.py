"""The pure rules of Nightsheet: standard library only, no clock, no database, no HTTP.

Every function is total: any input of the stated type gives an answer or an error of `errors.py`.
The rules are numbered as in docs/rules.md. Sentences for people, SQL and routes do not belong here.
"""

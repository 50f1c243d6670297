"""Why a reminder is due, one query a reminder: the same query that puts it into the outbox is asked again at sending.

A reason speaks of a subject (a student, a class, or for digests none) and a night; who is told, their wishes and a
student's silence are added around it by `reminder_recipients`. Instants are compared with `now`, dates with the
school's own (`moments`): nothing here does arithmetic on zones.
"""

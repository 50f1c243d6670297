"""A school's weeks in minutes: phones write, two workers send and die, providers fail, and plain Python keeps account.

`python -m tests.simulation` (`make simulate`) plays a month of 1,500 students from a seed; a test plays three days.

- `school.py`, `days.py`: who there is, and what everybody will do, all from the seed
- `facts.py`: what has been done, as plain objects; `phones.py` does it, through the product's own services
- `families.py`, `staff.py`, `oracle.py`: which reminders are due, worked out from the facts without a line of SQL
- `providers.py`, `deaths.py`: what goes wrong; `played.py`: the clock and two workers; `account.py`: the checks
- `report.py`: the table at the end
"""

"""What the `nightsheet` command asks of the backend, a group of commands a file, and how it says the answer.

Nothing here knows HTTP or push: `nightsheet.py` joins these groups with `serve`, `worker` and `run`. The work itself is
done by `backend.services`; a command parses, calls one service, prints, commits once.
"""

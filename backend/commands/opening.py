"""Whether the address that phones are given leads here: asked of the address itself, from this machine.

A school's network may let phones through where it does not let this machine, and the other way round; so the doctor's
words ask for a look with a phone as well.
"""

import json
import urllib.error
import urllib.request
from http.client import HTTPException

PATIENCE_SECONDS = 5
#: A health answer is a line; whatever stands there instead need not be read to its end.
LONGEST_ANSWER = 1_000


def why_closed(public_url: str) -> str | None:
    """Why ``public_url`` does not open Nightsheet; None when it does. Certificates count, proxies are passed by."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        # The address is the operator's own setting, and settings let nothing but http and https through.
        with opener.open(f"{public_url.rstrip('/')}/healthz", timeout=PATIENCE_SECONDS) as answer:
            found = json.loads(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as problem:
        return f"HTTP {problem.code}"
    except urllib.error.URLError as problem:
        return str(problem.reason)
    except (OSError, HTTPException, ValueError) as problem:
        return str(problem) or type(problem).__name__
    return None if found == {"status": "ok"} else "?"

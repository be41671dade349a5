"""Text of others on its way to a terminal: names of plants and devices are whatever somebody typed elsewhere.

What belongs here: which characters would act instead of being seen. What does not: what HTML, CSV and SQL need.
"""

import json
import re

# Control characters but tab and line feed (a terminal obeys them), marks that turn the direction of writing, and what
# has no width. Joiners (U+200C, U+200D) stay: languages and emoji need them.
_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with what would act on a terminal written as JSON does (ESC is `\\u001b`); JSON stays what it is."""
    return _ACTS.sub(lambda found: json.dumps(found[0])[1:-1], text)

"""How deep a document that came from outside is nested, told without walking it by recursion."""

from typing import Any


def depth_exceeds(document: Any, limit: int) -> bool:
    """Whether lists and objects nest deeper than ``limit``; level by level, so no depth can exhaust the stack."""
    level = [document]
    for _depth in range(limit + 1):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True

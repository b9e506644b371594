"""A pair of the reference data as a task: what `carryover task` drafts from its facts."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))
from common import draft_of  # noqa: E402


def make(folder, out):
    """Path of the task that is written into `out`."""
    return draft_of(os.path.basename(os.path.normpath(folder)), out)

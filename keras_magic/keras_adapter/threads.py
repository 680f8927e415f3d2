"""What other threads are doing."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


def frame_of(thread: int) -> FrameType | None:
    """The innermost frame of the thread with this identity; None where it has ended, or this Python does not tell."""
    frames: dict[int, Any] = getattr(sys, "_current_frames", dict)()
    found = frames.get(thread)
    return found if isinstance(found, FrameType) else None

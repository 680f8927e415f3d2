"""JAX behind its public functions: what differentiates, what compiled functions pass through, and the hook after each of them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any


def differentiating() -> Iterator[tuple[Any, str]]:
    """(module, function) with which `jax.grad` and `jax.value_and_grad` differentiate; the first result is the loss."""
    from jax._src import api

    yield from ((api, name) for name in ("_vjp", "vjp") if hasattr(api, name))


def running() -> Iterator[tuple[Any, str]]:
    """(module, function) of a compiled function's way through Python; arguments 2 to 4 are the function and what it is given."""
    from jax._src import pjit

    yield from ((pjit, name) for name in ("_run_python_pjit",) if hasattr(pjit, name))


def outside_of_traces() -> bool:
    """Whether nothing is being traced or differentiated at the moment."""
    from jax._src.core import trace_state_clean

    return bool(trace_state_clean())


class CompiledHook:
    """JAX's hook after each compiled function, on this thread.

    JAX uses it for `jax_debug_nans`, and clears it whenever that setting changes, as some of its own functions do for a moment.

    Args:
        returned: called with (Python function, arguments, keyword arguments, result).
    """

    def __init__(self, returned: Callable[[Any, Any, Any, Any], None]) -> None:
        from jax._src import api, config

        self.returned, self.thread = returned, threading.get_ident()
        self.slot: Any = api._post_hook_state
        self.settings: list[Any] = [(s, s._update_thread_local_hook) for s in (config.debug_nans, config.debug_infs)]
        for setting, hook in self.settings:
            setting._update_thread_local_hook = functools.partial(self._set_again, hook)
        self.before = self.slot.get_local()
        self.slot.set_local(self._called)

    def _set_again(self, hook: Callable[[Any], None] | None, value: Any) -> None:
        """The setting has changed: let JAX set its hook, and put ours in front of it."""
        if hook is not None:
            hook(value)
        if threading.get_ident() == self.thread:
            self.before = self.slot.get_local()
            self.slot.set_local(self._called)

    def _called(self, function: Any, args: Any, kwargs: Any, result: Any) -> None:
        if callable(self.before):
            self.before(function, args, kwargs, result)
        python = getattr(function, "__wrapped__", None)
        if python is not None:
            self.returned(python, args, kwargs, result)

    def remove(self) -> None:
        """Put back what was there before."""
        for setting, hook in self.settings:
            setting._update_thread_local_hook = hook
        if threading.get_ident() == self.thread:
            self.slot.set_local(self.before)

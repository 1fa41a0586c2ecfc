"""Names that no state and no transition may have: the state machine library would take them for its own.

`transitions` makes methods of names (`to_x`, `is_x`, `may_x`, `on_enter_x`) and calls what it
finds under a name; a test compares this list with the library's own attributes.
"""

from __future__ import annotations

# Words of the flow language that stand where a state's name could stand.
LANGUAGE = frozenset({"open", "same", "previous", "entered"})

MODEL = frozenset({"state", "trigger", "may_trigger", "model", "machine", "event", "events", "states", "transitions"})

MACHINE = frozenset(
    {
        "add_model",
        "add_ordered_transitions",
        "add_state",
        "add_states",
        "add_transition",
        "add_transitions",
        "after_state_change",
        "auto_transitions",
        "before_state_change",
        "callback",
        "callbacks",
        "dispatch",
        "event_cls",
        "finalize_event",
        "get_model_state",
        "get_state",
        "get_transitions",
        "get_triggers",
        "has_queue",
        "ignore_invalid_triggers",
        "initial",
        "is_state",
        "model_attribute",
        "model_override",
        "models",
        "name",
        "on_exception",
        "on_final",
        "prepare_event",
        "remove_model",
        "remove_transition",
        "resolve_callable",
        "self_literal",
        "send_event",
        "separator",
        "set_state",
        "state_cls",
        "transition_cls",
        "wildcard_all",
        "wildcard_same",
    }
)

PREFIXES = ("to_", "is_", "may_", "on_enter_", "on_exit_", "before_", "after_", "prepare_")


def is_reserved(name: str) -> bool:
    """Whether the library, Python or the flow language would read this name as something else."""
    return name in LANGUAGE | MODEL | MACHINE or name.startswith(PREFIXES)

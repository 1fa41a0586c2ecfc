"""Commands are built when they are asked for: what is listed, what is built, and when."""

from __future__ import annotations

import pytest
import typer

from workflow.cli.usage import Commands, Group, _Built


def test_a_command_is_built_when_it_is_asked_for_and_once() -> None:
    built: list[str] = []
    commands = _Built({"one": 1}, {"two": lambda: built.append("two") or 2})
    assert (list(commands), len(commands), "two" in list(commands)) == (["one", "two"], 2, True)
    assert built == []
    assert (commands["two"], commands.get("two"), commands.get("three")) == (2, 2, None)
    assert built == ["two"]


def test_a_command_can_be_added_and_taken_out_before_it_was_built() -> None:
    commands = _Built({}, {"one": lambda: 1, "two": lambda: 2})
    commands["three"] = 3
    del commands["one"]
    assert dict(commands) == {"two": 2, "three": 3}
    assert commands.get("one") is None


def test_a_command_put_in_the_place_of_one_that_was_not_built_stays() -> None:
    commands = _Built({}, {"one": lambda: 1})
    commands["one"] = 2
    assert dict(commands) == {"one": 2}


def test_groups_inside_a_group_are_found_by_name_and_built_alone() -> None:
    read: list[str] = []

    class Noted(Group):
        def __init__(self, **given: object) -> None:
            read.append(str(given["name"]))
            super().__init__(**given)

    app = Commands(name="khen")
    for name in ("flow", "mail"):
        inner = Commands(name=name)
        inner.command("list")(lambda: None)
        inner.command("show")(lambda: None)
        inner.info.cls = Noted
        app.add_typer(inner)
    app.callback()(lambda: None)
    command = typer.main.get_command(app)
    assert (list(command.commands), read) == (["flow", "mail"], [])
    assert list(command.commands["mail"].commands) == ["list", "show"]
    assert read == ["mail"]


def test_a_group_without_a_name_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a name"):
        Commands(name="khen").add_typer(Commands())


def test_what_fails_while_it_is_built_is_not_taken_for_a_missing_command() -> None:
    def fails() -> int:
        raise ValueError("built wrongly")

    commands = _Built({}, {"one": fails})
    for _ in range(2):
        with pytest.raises(ValueError, match="built wrongly"):
            commands.get("one")

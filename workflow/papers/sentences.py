"""Faults of templates as sentences: where, what, and which name was most likely meant."""

from __future__ import annotations

from definitions.flow import Language
from definitions.messages import package_catalogue
from workflow.papers.errors import PaperFault


def sentence(fault: PaperFault, language: Language) -> str:
    words = package_catalogue("workflow.papers")
    text = words.say(f"paper_fault.{fault.code}", language, **fault.params)
    if "part" in fault.params:
        at = "table" if fault.params["table"] else fault.params["part"]
        text = f"{words.say(f'paper_place.{at}', language, **fault.params)}: {text}"
    close = fault.params.get("nearest")
    return f"{text} {words.say('paper_nearest', language, nearest=close)}" if close else text


def paper_name(code: str, language: Language) -> str:
    return package_catalogue("workflow.papers").say(f"paper.{code}", language)

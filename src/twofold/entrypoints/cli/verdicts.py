"""How verdicts on models, and the trail of what was done to models, are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twofold.domain.audit import AuditEntry, Json
from twofold.entrypoints.cli.output import moment_text, say, say_table
from twofold.services.promotion import Compared


def verdict_document(found: Compared) -> dict[str, Json]:
    """A comparison as ``--json`` prints it."""
    about: dict[str, Json] = {
        "challenger": found.challenger,
        "champion": found.champion,
        "at": moment_text(found.at),
    }
    return about | found.verdict.to_document()


def say_verdict(found: Compared) -> None:
    """A comparison for people: each condition with its figures, then what follows."""
    checks = found.verdict.checks
    say_table(("condition", "", "measured"), [(c.name, "passed" if c.passed else "FAILED", c.said) for c in checks])
    say("")
    if found.verdict.passed:
        say(f"{found.challenger} may take the place of {found.champion}: `twofold models promote {found.challenger}`")
    else:
        say(f"{found.challenger} may not take the place of {found.champion}; promote --force would do it all the same")


def trail_document(entries: Sequence[AuditEntry]) -> dict[str, Json]:
    """The trail as ``--json`` prints it."""
    return {
        "entries": [
            {
                "at": moment_text(entry.at),
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "details": entry.details,
            }
            for entry in entries
        ]
    }


def say_trail(entries: Sequence[AuditEntry]) -> None:
    """One line per entry."""
    rows = [(moment_text(each.at), each.actor, each.action, each.subject, told(each.details)) for each in entries]
    say_table(("when", "who", "what", "version", "details"), rows)


def told(details: Mapping[str, Json]) -> str:
    """An entry's details in a few words.

    >>> told({"from": "m0002", "forced": True, "verdict": None})
    'in place of m0002, forced'
    >>> told({"champion": "m0001", "verdict": {"passed": False, "checks": [{"name": "ece", "passed": False}]}})
    'against m0001, failed: ece'
    """
    words = [f"{word} {details[name]}" for name, word in _NAMED.items() if details.get(name)]
    if details.get("forced"):
        words.append("forced")
    verdict = details.get("verdict")
    if isinstance(verdict, Mapping):
        words.append("passed" if verdict.get("passed") else f"failed: {', '.join(_failed(verdict))}")
    return ", ".join(words)


_NAMED: Mapping[str, str] = {"from": "in place of", "champion": "against"}


def _failed(verdict: Mapping[str, Json]) -> list[str]:
    checks = verdict.get("checks")
    listed = checks if isinstance(checks, Sequence) else ()
    return [str(check["name"]) for check in listed if isinstance(check, Mapping) and not check.get("passed")]

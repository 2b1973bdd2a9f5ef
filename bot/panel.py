"""The screens of /caidat and /ngonngu: what a chat may choose, a button for each choice."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callback import Action, SetPreference, ShowPreferences
from bot.markup import escape
from bot.messages import LANGUAGES, text
from bot.preferences import QUIET, RESULTS, Preferences, When
from bot.render import Button, Screen, shorten
from corpus.access import Collection

GROUP_FIELDS = "wrlpq"
PRIVATE_FIELDS = "rl"
_ATTRIBUTES = {"w": "when", "r": "results", "l": "language", "p": "private", "q": "quiet"}
_CHOICES: dict[str, tuple[object, ...]] = {
    "w": tuple(When),
    "r": RESULTS,
    "l": LANGUAGES,
    "p": (False, True),
    "q": QUIET,
}


def change(action: SetPreference, before: Preferences, readable: Sequence[Collection]) -> dict[str, object] | None:
    """What a button changes; None when there is no such choice. `readable`: the collections this chat may read."""
    if action.field == "c":
        if action.choice >= len(readable):
            return None
        id = readable[action.choice].id
        hidden = set(before.hidden) ^ {id}
        return {"hidden": tuple(sorted(hidden & {c.id for c in readable}))}
    choices = _CHOICES[action.field]
    return {_ATTRIBUTES[action.field]: choices[action.choice]} if action.choice < len(choices) else None


def overview(p: Preferences, group: bool, default_results: int, collections: int, lang: str) -> Screen:
    """All that can be chosen, with what is chosen now."""
    key = "preferences.group" if group else "preferences.private"
    lines = [f"<b>{escape(text(lang, key))}</b>"]
    buttons = []
    for field in (GROUP_FIELDS if group else PRIVATE_FIELDS) + ("c" if collections > 1 else ""):
        name = text(lang, f"preferences.field.{field}")
        if field == "c":
            now = text(lang, "preferences.seen", count=collections - len(p.hidden), all=collections)
        elif field == "r":
            now = str(p.results or default_results)
        elif field == "l":
            now = text(lang, f"preferences.l.{p.language or lang}")
        else:
            now = _choice(field, getattr(p, _ATTRIBUTES[field]), lang)
        lines.append(escape(f"{name}: {now}"))
        buttons.append(Button(name, ShowPreferences(field)))
    rows = tuple(tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2))
    return Screen("\n".join(lines), rows)


def field(
    which: str, p: Preferences, default_results: int, readable: Sequence[Collection], lang: str, *, deaf: bool = False
) -> Screen:
    """The choices of one field, the one chosen now with a tick. `deaf`: Telegram hands the bot no plain messages."""
    rows: list[tuple[Button, ...]] = []
    if which == "c":
        for n, c in enumerate(readable):
            name = text(lang, "preferences.public") if n == 0 else c.name
            rows.append((Button(_ticked(shorten(name, 40), c.id not in p.hidden), SetPreference("c", n)),))
    else:
        now = getattr(p, _ATTRIBUTES[which])
        now = now or {"r": default_results, "l": lang}.get(which, now)
        options = [
            Button(_ticked(_choice(which, choice, lang), choice == now), SetPreference(which, n))
            for n, choice in enumerate(_CHOICES[which])
        ]
        wide = 1 if which == "w" else 2 if which in "lpq" else 4
        rows += [tuple(options[n : n + wide]) for n in range(0, len(options), wide)]
    back: Action = ShowPreferences()
    rows.append((Button(text(lang, "button.back"), back),))
    lines = [text(lang, f"preferences.ask.{which}")]
    if which == "w" and deaf:
        lines.append(text(lang, "preferences.deaf"))
    return Screen(escape("\n\n".join(lines)), tuple(rows))


def _choice(which: str, choice: object, lang: str) -> str:
    match which, choice:
        case "w", When():
            return text(lang, f"preferences.w.{choice.value}")
        case "l", str():
            return text(lang, f"preferences.l.{choice}")
        case "p", bool():
            return text(lang, "preferences.p.yes" if choice else "preferences.p.no")
        case "q", (start, end):
            return text(lang, "preferences.hours", start=start, end=end)
        case "q", _:
            return text(lang, "preferences.never")
        case _:
            return str(choice)


def _ticked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label

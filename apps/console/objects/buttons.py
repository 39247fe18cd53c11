"""The controls that lead to changes of objects; each stays visible and says why it is off."""

from collections.abc import Iterable

from apps.catalog.resources import Action, Risk
from apps.console.buttons import Button
from apps.console.objects.place import Place, encoded
from apps.objects.changes import HERE, MARKER, OBJECT, VERSION
from apps.objects.names import Ref


def for_object(at: Place, ref: Ref) -> list[Button]:
    """What can be done to an object, or to one version of it."""
    return _for(at, ref, VERSION if ref.version else OBJECT)


def for_version(at: Place, ref: Ref, *, marker: bool) -> list[Button]:
    return _for(at, ref, MARKER if marker else VERSION)


def for_selection(at: Place, prefix: str) -> list[Button]:
    """Over the rows that will be selected, which lie below the prefix; the browser adds them and judges what they
    are."""
    return [_button(at, action, "", _why(at, prefix, action)) for action in _actions(at)]


def for_folder(at: Place, prefix: str) -> list[Button]:
    """What makes something in a folder."""
    making = [action for action in at.kind.actions.values() if HERE in (action.when or ())]
    return [
        _button(at, action, encoded(id=str(Ref(prefix, below=True))), _why(at, prefix, action)) for action in making
    ]


def _for(at: Place, ref: Ref, state: str) -> list[Button]:
    fitting = [action for action in _actions(at) if action.when is None or state in action.when]
    return [_button(at, action, encoded(id=str(ref)), _why(at, ref.key, action)) for action in fitting]


def _actions(at: Place) -> Iterable[Action]:
    """Those on what is there; what makes something in a folder has a control of its own."""
    return (action for action in at.kind.actions.values() if HERE not in (action.when or ()))


def _why(at: Place, key: str, action: Action) -> str:
    decision = at.decide(key, action.permission.rpartition(".")[2])
    return "" if decision.allowed else decision.reason


def _button(at: Place, action: Action, query: str, why: str) -> Button:
    url = at.below(f"action/{action.verb}/")
    return Button(
        verb=action.verb,
        label=action.label,
        icon=action.icon,
        url=f"{url}?{query}" if query else url,
        why=why,
        danger=action.risk is Risk.DESTROYS,
        main=action.main,
        states=None if action.when is None else " ".join(sorted(action.when)),
    )

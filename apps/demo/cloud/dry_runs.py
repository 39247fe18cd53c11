"""A call with DryRun only asks whether it could be made. moto carries out many such calls; here none is."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import botocore.session
from moto.core.utils import camelcase_to_underscores
from moto.ec2.responses import EC2Response


def install() -> None:
    """Before what else changes moto's answers: that is wrapped around this."""
    model = botocore.session.get_session().get_service_model("ec2")
    for call in model.operation_names:
        name = camelcase_to_underscores(call)
        method = getattr(EC2Response, name, None)
        if method and "error_on_dryrun" not in inspect.getsource(method):
            part = next(each for each in EC2Response.__mro__ if name in vars(each))
            setattr(part, name, _asking(method))


def _asking(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def answer(response: Any, *args: Any, **more: Any) -> Any:
        response.error_on_dryrun()
        return method(response, *args, **more)

    return answer

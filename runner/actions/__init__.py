"""What people and callers do with runs, one function a use case; every transport calls these."""

from runner.actions.cancel import cancel_run
from runner.actions.check import problems_of
from runner.actions.rerun import Rerun, Start, rerun
from runner.actions.start import start
from runner.engine.again import RerunImpossible
from runner.engine.inputs import InputsInvalid, check_inputs

__all__ = [
    "InputsInvalid",
    "Rerun",
    "RerunImpossible",
    "Start",
    "cancel_run",
    "check_inputs",
    "problems_of",
    "rerun",
    "start",
]

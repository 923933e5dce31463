"""The edge of Cauce: check a month without network, send it, read figures."""

from cauce_client.calls import Question
from cauce_client.client import Cauce
from cauce_client.errors import (
    AlreadyReported,
    CauceError,
    ContractViolation,
    Misconfigured,
    NotAllowed,
    Overtaken,
    Refused,
    ServiceFault,
    Unavailable,
    Unproven,
    Unrecognised,
)
from cauce_client.keys import PrivateKey
from cauce_client.problem import Fault, Problem
from cauce_client.receipts import Receipt
from cauce_client.results import (
    Act,
    Completeness,
    Coverage,
    Difference,
    DryRun,
    Enrolled,
    Figure,
    Figures,
    Me,
    Return,
    Standing,
    Submission,
)

__all__ = [
    "Act",
    "AlreadyReported",
    "Cauce",
    "CauceError",
    "Completeness",
    "ContractViolation",
    "Coverage",
    "Difference",
    "DryRun",
    "Enrolled",
    "Fault",
    "Figure",
    "Figures",
    "Me",
    "Misconfigured",
    "NotAllowed",
    "Overtaken",
    "PrivateKey",
    "Problem",
    "Question",
    "Receipt",
    "Refused",
    "Return",
    "ServiceFault",
    "Standing",
    "Submission",
    "Unavailable",
    "Unproven",
    "Unrecognised",
]

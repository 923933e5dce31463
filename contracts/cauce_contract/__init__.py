"""The agreement between states and centre, interpreted with the standard library alone."""

from cauce_contract.canonical import canonical, digest
from cauce_contract.check import Address, Outcome, check
from cauce_contract.describe import describe, indicator_entry, summary
from cauce_contract.finding import Finding
from cauce_contract.json_schema import json_schema
from cauce_contract.labels import LANGUAGES, Labels, preferred
from cauce_contract.load import ContractError, in_force, lint, load, load_all
from cauce_contract.model import NOT_SENT, Breakdown, Contract, Indicator, Measure
from cauce_contract.month import Month
from cauce_contract.read import is_programme_id, state_of
from cauce_contract.report import Report

__all__ = [
    "LANGUAGES",
    "NOT_SENT",
    "Address",
    "Breakdown",
    "Contract",
    "ContractError",
    "Finding",
    "Indicator",
    "Labels",
    "Measure",
    "Month",
    "Outcome",
    "Report",
    "canonical",
    "check",
    "describe",
    "digest",
    "in_force",
    "indicator_entry",
    "is_programme_id",
    "json_schema",
    "lint",
    "load",
    "load_all",
    "preferred",
    "state_of",
    "summary",
]

"""The document, its validation, and its compiled plan; pure Python that knows no Django."""

from runner.graph.document import Document, Edge, Node, NodeSettings, Retry
from runner.graph.files import content_hash, dump, from_json, load, to_json
from runner.graph.plan import Plan, PlanNode, compile
from runner.graph.ports import Port, PortType
from runner.graph.problems import DocumentInvalid, Problem
from runner.graph.references import Reference, Target, Unresolved, reference_problems, references
from runner.graph.spec import Effect, NodeSpec, NoParameters, Runs
from runner.graph.validation import validate

__all__ = [
    "Document",
    "DocumentInvalid",
    "Edge",
    "Effect",
    "NoParameters",
    "Node",
    "NodeSettings",
    "NodeSpec",
    "Plan",
    "PlanNode",
    "Port",
    "PortType",
    "Problem",
    "Reference",
    "Retry",
    "Runs",
    "Target",
    "Unresolved",
    "compile",
    "content_hash",
    "dump",
    "from_json",
    "load",
    "reference_problems",
    "references",
    "to_json",
    "validate",
]

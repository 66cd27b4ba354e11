"""Expressions: a small language of ours, typed when the plan is read, three-valued when it runs.

Text → tokens → tree → terms that are checked against a schema of facts → closures over a scope. Nothing here reads a
clock, a file or a Python attribute by a name that a plan gave.
"""

from campaignflow.plan.expressions.compile import compile_expression, compile_test
from campaignflow.plan.expressions.faults import ExpressionError, Fault
from campaignflow.plan.expressions.parser import MAX_DEPTH, parse
from campaignflow.plan.expressions.schema import Function, MeasuredId, Parameter, Register, Schema
from campaignflow.plan.expressions.syntax import Node, unparse
from campaignflow.plan.expressions.template import Template, compile_text, plain
from campaignflow.plan.expressions.terms import Aggregate, Condition, Expression, Key
from campaignflow.plan.expressions.tokens import MAX_CHARACTERS, MAX_TOKENS, WORDS
from campaignflow.plan.expressions.types import Type
from campaignflow.plan.expressions.values import CONTEXT, Ref, RegisterArg, Scope, Unknown, Value

__all__ = [
    "CONTEXT",
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "MAX_TOKENS",
    "WORDS",
    "Aggregate",
    "Condition",
    "Expression",
    "ExpressionError",
    "Fault",
    "Function",
    "Key",
    "MeasuredId",
    "Node",
    "Parameter",
    "Ref",
    "Register",
    "RegisterArg",
    "Schema",
    "Scope",
    "Template",
    "Type",
    "Unknown",
    "Value",
    "compile_expression",
    "compile_test",
    "compile_text",
    "parse",
    "plain",
    "unparse",
]

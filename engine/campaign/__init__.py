"""A campaign and its callees, parsed into values; what is wrong is a value too."""

from engine.campaign.definition import FIELDS, REQUIRED, Campaign, parse_campaign
from engine.campaign.file import read_callees
from engine.campaign.problems import FieldProblem, RowProblem
from engine.campaign.rows import COLUMNS, CalleeRow, RowReader, read_rows

__all__ = [
    "COLUMNS",
    "FIELDS",
    "REQUIRED",
    "CalleeRow",
    "Campaign",
    "FieldProblem",
    "RowProblem",
    "RowReader",
    "parse_campaign",
    "read_callees",
    "read_rows",
]

"""What people read of a campaign: the report, the figures of its status, diagrams of its plan."""

from __future__ import annotations

from campaignflow.reports.diagram import plan_diagram
from campaignflow.reports.html import render_report
from campaignflow.reports.tables import status_of

__all__ = ["plan_diagram", "render_report", "status_of"]

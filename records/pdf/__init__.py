"""The printed report: plain strings in, a PDF/A file out. No database, no settings, no request.

pdf = render(ReportDocument(...), font_dir=Path(settings.PDF_FONT_DIR))
"""

from .document import Line, ReportDocument
from .render import PrintingFailed, render

__all__ = ["Line", "PrintingFailed", "ReportDocument", "render"]

"""A feed as an engineer sets it up: for each kind its own fields, checked by the code that will use them."""

from records.exchange.source_forms.base import SourceForm
from records.exchange.source_forms.pulling import DicomForm, FhirForm, ViewForm
from records.exchange.source_forms.sending import CdaForm, FileForm, Hl7Form, PushForm, TableForm

FORMS: dict[str, type[SourceForm]] = {
    form.kind_of_source: form
    for form in (FhirForm, PushForm, Hl7Form, TableForm, CdaForm, DicomForm, ViewForm, FileForm)
}

__all__ = ["FORMS", "SourceForm"]

"""What operators fill in, and the sample form of the design page."""

from portal.forms.consents import MandateForm, NoticeForm, ProcessorForm, PurposeForm, SearchForm
from portal.forms.governing import (
    AssistanceForm,
    ConnectionForm,
    LookupForm,
    PolicyForm,
    SampleForm,
    sample_form,
)

__all__ = [
    "AssistanceForm",
    "ConnectionForm",
    "LookupForm",
    "MandateForm",
    "NoticeForm",
    "PolicyForm",
    "ProcessorForm",
    "PurposeForm",
    "SampleForm",
    "SearchForm",
    "sample_form",
]

"""What people and operators fill in, and the sample form of the design page."""

from portal.forms.consents import MandateForm, NoticeForm, ProcessorForm, PurposeForm, SearchForm
from portal.forms.details import DetailsForm
from portal.forms.governing import AssistanceForm, DocumentForm, LookupForm, PolicyForm, SampleForm, sample_form
from portal.forms.systems import ConnectionForm, TransmitterForm

__all__ = [
    "AssistanceForm",
    "ConnectionForm",
    "DetailsForm",
    "DocumentForm",
    "LookupForm",
    "MandateForm",
    "NoticeForm",
    "PolicyForm",
    "ProcessorForm",
    "PurposeForm",
    "SampleForm",
    "SearchForm",
    "TransmitterForm",
    "sample_form",
]

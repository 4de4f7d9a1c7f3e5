"""What people and operators fill in, and the sample form of the design page."""

from portal.forms.consents import MandateForm, NoticeForm, ProcessorForm, PurposeForm, SearchForm
from portal.forms.details import DetailsForm
from portal.forms.governing import AssistanceForm, LookupForm, PolicyForm, SampleForm, sample_form
from portal.forms.systems import ConnectionForm

__all__ = [
    "AssistanceForm",
    "ConnectionForm",
    "DetailsForm",
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

"""What other modules may ask of the resident's file."""

from records import fields
from records.examinations.assembly import examination
from records.examinations.bodies import Entered
from records.examinations.completeness import examined
from records.examinations.display import with_words
from records.examinations.form import examination_form
from records.examinations.prefill import measured_on
from records.examinations.queries import list_examinations
from records.exchange import cells, headings, listing, notes, sheets, uploads
from records.exchange.full import FULL as EXPORT_FULL
from records.extensions import extension_value
from records.extracting import Answered, derived_id, extraction, measured_bodies
from records.households.tables import records_household_member
from records.identifiers import holders
from records.information.announced import Announced, Kept, announce, find_kept
from records.life.intervals import as_day
from records.life.moves import Asked, request_move
from records.life.projections import days_of, records_file, records_residence
from records.life.residence import CARE_KIND
from records.life.selection import NAMES as FILE_FILTERS
from records.life.selection import NO_FILE_QUERY, FileQuery, file_query
from records.life.states import COUNTED, VANISHED
from records.life.territory import filter_choices, list_all_committees
from records.reading import (
    address_of,
    ages,
    codes_of,
    community_of,
    day_of,
    death_of,
    display_of,
    id_of,
    name_of,
    numbers_of,
    phone_of,
    record_number_of,
    words,
)
from records.residents.finding import Sought, understand
from records.residents.frame import READ as READ_RESIDENTS
from records.residents.frame import REVEAL as REVEAL_NUMBERS
from records.residents.frame import frame
from records.residents.queries import (
    ResidentQuery,
    find_all,
    get_resident,
    load_all,
    resident_select,
)
from records.residents.summary import Line, Summary, summary_of
from records.terminology import catalogue
from records.terminology.diagnoses import find_diagnoses, find_diagnosis, who_code
from records.visits.codes import AMENDMENT_REASON, FREQUENCY_SYSTEM, loinc, narrative
from records.visits.contents import plain, sections
from records.visits.note import FREQUENCIES
from records.visits.queries import (
    Doctor,
    Figures,
    count_clinic_visits,
    figures_of,
    list_doctors,
)
from records.visits.services import author_of, doctor_of

__all__ = [
    "AMENDMENT_REASON",
    "CARE_KIND",
    "COUNTED",
    "EXPORT_FULL",
    "FILE_FILTERS",
    "FREQUENCIES",
    "FREQUENCY_SYSTEM",
    "NO_FILE_QUERY",
    "READ_RESIDENTS",
    "REVEAL_NUMBERS",
    "VANISHED",
    "Announced",
    "Answered",
    "Asked",
    "Doctor",
    "Entered",
    "Figures",
    "FileQuery",
    "Kept",
    "Line",
    "ResidentQuery",
    "Sought",
    "Summary",
    "address_of",
    "ages",
    "announce",
    "as_day",
    "author_of",
    "catalogue",
    "cells",
    "codes_of",
    "community_of",
    "count_clinic_visits",
    "day_of",
    "days_of",
    "death_of",
    "derived_id",
    "display_of",
    "doctor_of",
    "examination",
    "examination_form",
    "examined",
    "extension_value",
    "extraction",
    "fields",
    "figures_of",
    "file_query",
    "filter_choices",
    "find_all",
    "find_diagnoses",
    "find_diagnosis",
    "find_kept",
    "frame",
    "get_resident",
    "headings",
    "holders",
    "id_of",
    "list_all_committees",
    "list_doctors",
    "list_examinations",
    "listing",
    "load_all",
    "loinc",
    "measured_bodies",
    "measured_on",
    "name_of",
    "narrative",
    "notes",
    "numbers_of",
    "phone_of",
    "plain",
    "record_number_of",
    "records_file",
    "records_household_member",
    "records_residence",
    "request_move",
    "resident_select",
    "sections",
    "sheets",
    "summary_of",
    "understand",
    "uploads",
    "who_code",
    "with_words",
    "words",
]

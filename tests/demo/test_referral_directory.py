"""The hospitals' departments in the demo: whole, the same again, and for every station."""

from datetime import date

from demo.directory import directory
from demo.referral_directory import DAYS, referral_directory
from demo.seed import size_of
from referral.api import agreements_of

TODAY = date(2026, 11, 24)


def test_every_hospital_has_departments_with_agreements_and_slots() -> None:
    city = directory(**size_of(3000))
    made = list(referral_directory(city, TODAY))
    departments = [one for one in made if one["resourceType"] == "HealthcareService"]
    assert {one["providedBy"]["reference"] for one in departments} == {
        "Organization/hospital-1",
        "Organization/hospital-2",
    }
    assert "心血管内科" in {one["name"] for one in departments}
    for one in departments:
        agreed = agreements_of(one)
        now = [each for each in agreed if each.holds(TODAY)]
        assert "district-1" in {each.partner_id for each in now}, one["name"]
        assert all(each.contact_id for each in agreed)
    every = [each for one in departments for each in agreements_of(one)]
    assert any(each.to_on and each.to_on < TODAY for each in every), "one is over"
    assert any(each.from_on > TODAY for each in every), "one begins later"
    days = {one["start"][:10] for one in made if one["resourceType"] == "Slot"}
    assert min(days) < TODAY.isoformat() < max(days)
    assert len(days) <= 2 * DAYS + 1


def test_it_is_the_same_again() -> None:
    city = directory(**size_of(100_000))
    made = list(referral_directory(city, TODAY))
    assert made == list(referral_directory(city, TODAY))
    ids = [(one["resourceType"], one["id"]) for one in made]
    assert len(ids) == len(set(ids))

"""The demonstration county: nobody's numbers, nobody's phones, and codes that lead somewhere."""

import re

from portal.demo import county, people


def test_every_resident_number_is_in_the_unassigned_county_and_has_a_valid_check_character():
    for person in people.RESIDENTS:
        number = person.id_number
        assert re.fullmatch(r"640199\d{11}[\dX]", number)
        total = sum(int(digit.replace("X", "10")) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
        last = 10 if number[17] == "X" else int(number[17])
        assert (total + last) % 11 == 1


def test_he_lanfang_has_the_number_every_guide_shows():
    assert people.resident("he_lanfang").id_number == "640199195702130125"


def test_the_numbers_tell_the_sex_the_cast_has():
    assert people.resident("he_lanfang").sex == "female"
    assert people.resident("wang_jianguo").sex == "male"


def test_no_two_residents_share_a_number():
    numbers = [person.id_number for person in people.RESIDENTS]
    assert len(set(numbers)) == len(numbers)


def test_one_resident_number_ends_in_x():
    assert any(person.id_number.endswith("X") for person in people.RESIDENTS)


def test_phones_cannot_belong_to_anyone():
    assert all(re.fullmatch(r"199000000\d\d", p.phone) for p in people.RESIDENTS if p.phone)
    assert all(re.fullmatch(r"0955-5550\d{3}", item.phone) for item in county.FACILITIES)


def test_names_that_do_not_split_carry_no_family_name():
    assert people.resident("aynur").family_name is None
    assert (people.resident("ouyang_ming").family_name, people.resident("ouyang_ming").given_name) == ("欧阳", "明")


def test_every_code_of_the_county_leads_somewhere():
    codes = {item.code for item in county.FACILITIES}
    assert {item.parent_code for item in county.FACILITIES} <= codes | {None}
    assert {item.facility_code for item in county.DEPARTMENTS} <= codes
    assert all(county.department(item.facility_code, item.department_code) for item in county.PRACTITIONERS)
    assert {item.facility_code for item in people.STAFF} <= codes
    assert {item.role for item in people.STAFF} <= people.ROLES
    assert all(county.practitioner(s.practitioner_code) for s in people.STAFF if s.practitioner_code)

"""Passwords: what is stored, what is accepted, what a first password looks like."""

import re

from backend.services.identity.passwords import hash_password, make_first_password, verify_password


def test_a_hash_is_argon2id_with_nineteen_mebibytes_and_two_passes():
    assert hash_password("bato-rimu-keva-472").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_has_another_hash_each_time_and_both_are_accepted():
    first, second = hash_password("晚安-8423"), hash_password("晚安-8423")
    assert first != second
    assert verify_password(first, "晚安-8423")
    assert verify_password(second, "晚安-8423")


def test_another_password_is_refused():
    assert not verify_password(hash_password("bato-rimu-keva-472"), "bato-rimu-keva-473")


def test_a_person_who_does_not_exist_is_refused_whatever_is_typed():
    assert not verify_password(None, "")
    assert not verify_password(None, "bato-rimu-keva-472")


def test_a_damaged_hash_is_refused_and_raises_nothing():
    assert not verify_password("not a hash", "bato-rimu-keva-472")


def test_a_hash_fits_its_column():
    assert len(hash_password("x" * 200)) < 200


def test_first_passwords_can_be_read_from_paper_and_do_not_repeat():
    made = {make_first_password() for _ in range(500)}
    assert len(made) == 500
    assert all(
        re.fullmatch(r"(?:[bdfghkmnprstvz][aeiou]){2}(?:-(?:[bdfghkmnprstvz][aeiou]){2}){2}-[2-9]{3}", p) for p in made
    )

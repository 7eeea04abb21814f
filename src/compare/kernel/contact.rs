//! Phones, emails, NINOs and sex.

use crate::model::value::Nino;
use crate::standardise::nino;

/// Level of two phones, an index into `PHONE_LEVELS`: same, one digit mistyped or two exchanged, different.
pub fn phone(a: u64, b: u64) -> u8 {
    if a == b {
        return 3;
    }
    if one_digit_edit(a, b) { 2 } else { 1 }
}

/// One digit replaced, or two neighbouring digits exchanged, in numbers of one length.
fn one_digit_edit(mut a: u64, mut b: u64) -> bool {
    let mut wrong = 0_u32;
    let mut previous = (0, 0);
    let mut exchanged = false;
    let mut last_at = 0;
    let mut at = 0;
    while a != 0 && b != 0 {
        let (left, right) = (a % 10, b % 10);
        if left != right {
            wrong += 1;
            exchanged = wrong == 2 && last_at + 1 == at && previous == (right, left);
            previous = (left, right);
            last_at = at;
        }
        a /= 10;
        b /= 10;
        at += 1;
    }
    a == b && (wrong == 1 || (wrong == 2 && exchanged))
}

/// Level of two emails as (hash of the whole, hash of the local part), an index into `EMAIL_LEVELS`.
pub fn email(a: (u64, u64), b: (u64, u64)) -> u8 {
    if a.0 == b.0 {
        3
    } else if a.1 == b.1 {
        2
    } else {
        1
    }
}

/// Level of two NINOs as bits (0 null), an index into `NINO_LEVELS`.
pub fn national_insurance(a: u64, b: u64) -> u8 {
    if a == 0 || b == 0 {
        0
    } else if a == b {
        3
    } else if nino::near(Nino::from_bits(a), Nino::from_bits(b)) {
        2
    } else {
        1
    }
}

/// Level of two sexes (0 null), an index into `SEX_LEVELS`.
pub fn sex(a: u8, b: u8) -> u8 {
    match (a, b) {
        (0, _) | (_, 0) => 0,
        _ if a == b => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{one_digit_edit, phone};

    fn slow(a: u64, b: u64) -> bool {
        let (a, b) = (a.to_string(), b.to_string());
        a.len() == b.len() && a != b && strsim::osa_distance(&a, &b) == 1
    }

    #[test]
    fn edits_of_digits_equal_the_textbook() {
        let base = 447_700_900_123_u64;
        assert_eq!(phone(base, base), 3);
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = crate::util::hash::mix(state, 5);
            let step = 10_u64.pow((state % 6) as u32) * (state >> 8 & 15);
            let other = base + step;
            assert_eq!(one_digit_edit(base, other), base != other && slow(base, other), "{base} {other}");
        }
        assert_eq!(phone(447_700_900_123, 447_700_900_132), 2);
        assert_eq!(phone(447_700_900_123, 447_700_900_231), 1);
    }
}

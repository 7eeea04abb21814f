use super::*;
use proptest::prelude::*;

fn read(text: &str, postcode: &str) -> (Address, Option<Fault>) {
    let mut out = Address::default();
    let fault = read_into(text, postcode, &mut out);
    (out, fault)
}

/// Text, then flat | building | street | town | postcode.
fn check(cases: &[(&str, &str)]) {
    for &(text, expected) in cases {
        let (found, fault) = read(text, "");
        let postcode = found.postcode.map(|postcode| postcode.to_string()).unwrap_or_default();
        let shown = [&found.flat, &found.building, &found.street, &found.town, &postcode].map(String::as_str).join("|");
        assert_eq!((shown.as_str(), fault), (expected, None), "{text:?}");
    }
}

#[test]
fn the_forms_that_are_seen() {
    check(&[
        ("Flat 42, 75 Warwick Gdns, Oldham", "42|75|WARWICK GARDENS|OLDHAM|"),
        ("61 Ivy Dr", "|61|IVY DRIVE||"),
        ("Apt 44 140 Nelson Cl", "44|140|NELSON CLOSE||"),
        ("58 Kent Court, Bolton", "|58|KENT COURT|BOLTON|"),
        ("Flat 2/1, 45 Byres Road, Glasgow", "2/1|45|BYRES ROAD|GLASGOW|"),
        ("c/o Mr Khan, 12 High St", "|12|HIGH STREET||"),
        ("THE OLD RECTORY, CHURCH LANE, LITTLE SNORING", "|THE OLD RECTORY|CHURCH LANE|LITTLE SNORING|"),
        ("Flat 2, 12 High Street, Leeds, LS1 4AP", "2|12|HIGH STREET|LEEDS|LS1 4AP"),
        ("12 high st leeds ls14ap", "|12|HIGH STREET|LEEDS|LS1 4AP"),
        ("12 High St, Headingley, Leeds, West Yorkshire, LS6 3AB, UK", "|12|HIGH STREET|LEEDS|LS6 3AB"),
        ("12 High Street Headingley, Leeds", "|12|HIGH STREET|LEEDS|"),
        ("12, High Street, Leeds", "|12|HIGH STREET|LEEDS|"),
        ("42, 75 Warwick Gardens, Oldham", "42|75|WARWICK GARDENS|OLDHAM|"),
        ("12 Broadway", "|12|BROADWAY||"),
        ("Rose Cottage, High Street", "|ROSE COTTAGE|HIGH STREET||"),
        ("Rose Cottage High Street Leeds", "|ROSE COTTAGE|HIGH STREET|LEEDS|"),
        ("Rose Cottage, Leeds", "|ROSE COTTAGE||LEEDS|"),
        ("Rose House, 12 High Street, Leeds", "|12|HIGH STREET|LEEDS|"),
        ("Rose House 12 High Street Leeds", "|12|HIGH STREET|LEEDS|"),
        ("12 Kent House, High Street, Leeds", "12|KENT HOUSE|HIGH STREET|LEEDS|"),
        ("Flat 12, Kent House, High Street, Leeds", "12|KENT HOUSE|HIGH STREET|LEEDS|"),
        ("High Street 12, Leeds", "|12|HIGH STREET|LEEDS|"),
        ("12 Chester Road, Chester-le-Street", "|12|CHESTER ROAD|CHESTER LE STREET|"),
        ("12 King's Rd, Wood Green, London N22 6AB", "|12|KINGS ROAD|LONDON|N22 6AB"),
        ("12 King's Rd, London N22", "|12|KINGS ROAD|LONDON|N22"),
        ("Leeds", "|||LEEDS|"),
        ("LS1 4AP", "||||LS1 4AP"),
        ("12 Park Lane Court, Leeds", "|12|PARK LANE COURT|LEEDS|"),
        ("12 Church Road North, Leeds", "|12|CHURCH ROAD NORTH|LEEDS|"),
        ("PO Box 123, Leeds", "|PO BOX 123||LEEDS|"),
        ("12 Höhenweg Straße, Zürich", "|12|HOHENWEG STRASSE|ZURICH|"),
        ("12 High St\nLeeds\r\nLS1 4AP", "|12|HIGH STREET|LEEDS|LS1 4AP"),
        ("", "||||"),
    ]);
}

#[test]
fn one_spelling() {
    for text in [
        "12 HIGH STREET, LEEDS",
        "12 high st., leeds",
        "No. 12 High Str, Leeds",
        "12  High-Street , Leeds.",
        "#12 High St, Leeds",
        "012 High Street, Leeds, England",
    ] {
        check(&[(text, "|12|HIGH STREET|LEEDS|")]);
    }
    check(&[
        ("12 St John's Rd, St Albans", "|12|SAINT JOHNS ROAD|SAINT ALBANS|"),
        ("12 High St St Albans", "|12|HIGH STREET|SAINT ALBANS|"),
        ("12 High St, Bury St Edmunds", "|12|HIGH STREET|BURY SAINT EDMUNDS|"),
        ("12 St James St", "|12|SAINT JAMES STREET||"),
        ("3 Dr Johnson Ave", "|3|DR JOHNSON AVENUE||"),
        ("3 Mt Pleasant Terr", "|3|MT PLEASANT TERRACE||"),
        ("4 Gt Western Cres", "|4|GREAT WESTERN CRESCENT||"),
        ("7 Rose Bldgs, Hull", "|7|ROSE BUILDINGS|HULL|"),
        ("12 Kent Road, Maidstone, Kent", "|12|KENT ROAD|MAIDSTONE|"),
        ("12 High Street, Maidstone Kent", "|12|HIGH STREET|MAIDSTONE|"),
    ]);
}

#[test]
fn numbers_and_ranges() {
    for text in ["10-12 High St", "10 - 12 High St", "10 to 12 High St", "10\u{2013}12 High St"] {
        check(&[(text, "|10-12|HIGH STREET||")]);
    }
    for text in
        ["12A High St", "12 a High St", "12-A High St", "Flat A, 12 High St", "FLAT A 12 HIGH ST", "Apt. A, 12 High St"]
    {
        check(&[(text, "A|12|HIGH STREET||")]);
    }
    check(&[
        ("Flat 3 - 12 High Street", "3|12|HIGH STREET||"),
        ("Flat 2, 12A High St", "2|12A|HIGH STREET||"),
        ("12 N Parade", "|12|N PARADE||"),
    ]);
}

#[test]
fn flats_of_every_kind() {
    for text in [
        "Flat 2, 12 High St",
        "FLT 2 12 High St",
        "Apartment 2, 12 High St",
        "Apt 2, 12 High St",
        "Unit 2, 12 High St",
        "Room 2, 12 High St",
        "Flat No. 2, 12 High St",
        "Flat 02, 12 High St",
        "12 High St, Flat 2",
        "12 High St (Flat 2)",
        "First Floor Flat 2, 12 High St",
        "Studio 2, 12 High St",
        "Flat 2 Ground Floor, 12 High St",
    ] {
        check(&[(text, "2|12|HIGH STREET||")]);
    }
    for (name, id) in [
        ("GFF", "GF"),
        ("Ground Floor Flat", "GF"),
        ("GFL", "GF"),
        ("Ground Flr", "GF"),
        ("Flat Ground Floor", "GF"),
        ("1st Floor", "1F"),
        ("Top Flat", "TF"),
        ("Top Floor Flat", "TF"),
        ("Basement", "BF"),
        ("Lower Ground Floor", "LGF"),
        ("Garden Flat", "GARDEN"),
        ("Studio", "STUDIO"),
        ("Bedsit 4", "4"),
        ("The Flat", ""),
        ("1F2", "1/2"),
        ("GF1", "0/1"),
        ("Flat G/1", "0/1"),
        ("Flat 0/1", "0/1"),
        ("3F1", "3/1"),
        ("Annex", "ANNEXE"),
    ] {
        check(&[(&format!("{name}, 12 High St"), &format!("{id}|12|HIGH STREET||"))]);
    }
    check(&[
        ("12 Flat Lane", "|12|FLAT LANE||"),
        ("1 First Avenue", "|1|FIRST AVENUE||"),
        ("12 Hill Top", "|12|HILL TOP||"),
    ]);
}

#[test]
fn scottish_forms_keep_both_readings() {
    for (text, flat, building, alternate) in [
        ("Flat 2/1, 45 Byres Road, Glasgow", "2/1", "45", None),
        ("2/1, 45 Byres Road, Glasgow", "2/1", "45", None),
        ("2/1 45 Byres Road, Glasgow", "2/1", "45", None),
        ("45/2 Byres Road, Glasgow", "2", "45", Some(("45/2", ""))),
        ("Flat 2/1, Byres Road, Glasgow", "2/1", "", Some(("1", "2"))),
        ("Flat 0/1, Byres Road, Glasgow", "0/1", "", None),
    ] {
        let (found, fault) = read(text, "");
        let alternate = alternate.map(|(flat, building): (&str, &str)| (flat.to_owned(), building.to_owned()));
        assert_eq!((found.flat.as_str(), found.building.as_str(), fault), (flat, building, None), "{text}");
        assert_eq!(found.alternate, alternate, "{text}");
        assert_eq!((found.street.as_str(), found.town.as_str()), ("BYRES ROAD", "GLASGOW"));
    }
}

#[test]
fn care_of_is_a_flag() {
    for text in [
        "c/o Mr Khan, 12 High St",
        "C/O Khan & Co Solicitors 12 High St",
        "care of Mr Khan, 12 High St",
        "12 High St, c/o Mr Khan",
        "c/o, 12 High Street",
    ] {
        let (found, fault) = read(text, "");
        assert_eq!((found.to_string().as_str(), fault), ("C/O, 12 HIGH STREET", None), "{text}");
        assert!(found.care_of);
    }
}

#[test]
fn no_address_and_no_text() {
    for text in [
        "NFA",
        "n.f.a.",
        "No Fixed Abode",
        "no fixed abode, Leeds",
        "NFA Leeds",
        "Unknown",
        "address unknown",
        "N/A",
        "not known",
        "-",
        "XXX",
        "UK",
        "C/O Mr Khan",
    ] {
        assert_eq!(read(text, "LS1 4AP"), (Address::default(), Some(Fault::Placeholder)), "{text}");
    }
    for text in ["2016-02-01 00:00:00", "01/02/2016", "2016-02-01", "10-Dec", "Feb-16", "01-Feb-16", " 2-Jan "] {
        assert_eq!(read(text, ""), (Address::default(), Some(Fault::Malformed)), "{text}");
    }
    let (found, fault) = read("", "LS1 4AP");
    assert_eq!((found.to_string().as_str(), fault, found.is_empty()), ("LS1 4AP", None, false));
    assert!(read(" ", "").0.is_empty());
}

#[test]
fn postcode_given_or_found() {
    for (text, postcode, shown) in [
        ("12 High St, Leeds", "ls14ap", "12 HIGH STREET, LEEDS, LS1 4AP"),
        ("12 High St, Leeds, LS1 4AQ", "LS1 4AP", "12 HIGH STREET, LEEDS, LS1 4AP"),
        ("12 High St, Leeds, LS1 4AP", "", "12 HIGH STREET, LEEDS, LS1 4AP"),
        ("12 High St, Leeds LS1", "LS1 4AP", "12 HIGH STREET, LEEDS, LS1 4AP"),
        ("12 High St, Leeds, LS1 4AP", "LS1", "12 HIGH STREET, LEEDS, LS1 4AP"),
        ("12 High St, Leeds, LS1 4AP", "ZZ99 3VZ", "12 HIGH STREET, LEEDS, LS1 4AP"),
        ("12 High St, Leeds, ZZ99 3VZ", "", "12 HIGH STREET, LEEDS"),
        ("Flat E3, 12 High St, Unit A1", "", "FLAT E3, 12 HIGH STREET"),
        ("Dunkeld Barracks, BFPO 12", "", "DUNKELD BARRACKS, BFPO 12"),
    ] {
        assert_eq!(read(text, postcode).0.to_string(), shown, "{text} {postcode}");
    }
}

/// Words that meet in odd orders: numbers, flats, streets, regions, nulls.
fn odd_address() -> impl Strategy<Value = String> {
    let word = "[0-9]{1,3}[A-C]?|10-12|2/1|[A-Z]|FLAT|ROOM|STUDIO|GROUND|FLOOR|LOWER|TOP|GFF|1F2|G/1|GF1|ST|ROAD|RD|LANE|DR|LA|GREEN|COURT|BROADWAY|HOUSE|COTTAGE|THE|KENT|WEST|YORKSHIRE|UK|UNKNOWN|NONE|N/A|C/O|CARE|OF|NO|TO|ON|N|LEEDS|FOO|BAR|LS1|4AP|N17|BFPO|A40|1ST|XX";
    proptest::collection::vec((word, " |  |, |,| - |-|/|\n"), 0..9)
        .prop_map(|words| words.into_iter().map(|(word, gap)| word + &gap).collect())
}

proptest! {
    #[test]
    fn odd_addresses_read_back(text in odd_address(), postcode in "|LS1 4AP|N17|ZZ99 3VZ") {
        is_idempotent(&text, &postcode)?;
    }

    #[test]
    fn any_text_reads_back(text in "\\PC{0,60}|.{0,700}", postcode in ".{0,8}") {
        is_idempotent(&text, &postcode)?;
    }
}

fn is_idempotent(text: &str, postcode: &str) -> Result<(), TestCaseError> {
    let (first, fault) = read(text, postcode);
    if fault.is_none() {
        let (second, _) = read(&first.to_string(), "");
        prop_assert_eq!(&second, &first, "{}", first.to_string());
        prop_assert!(first.to_string().is_ascii());
    } else {
        prop_assert!(first == Address::default());
    }
    Ok(())
}

//! Faults of a model, each with its place and what to do.

use super::BY_HAND;
use crate::model::linkage::LinkageModel;

/// The message and the hint for a model by hand with one piece replaced.
#[track_caller]
fn fault(piece: &str, by: &str) -> (String, String) {
    assert!(BY_HAND.contains(piece), "{piece}");
    let error = LinkageModel::read(&BY_HAND.replacen(piece, by, 1), "m.toml").unwrap_err();
    (error.to_string(), error.hint_text().unwrap_or_default().to_owned())
}

#[track_caller]
fn check(piece: &str, by: &str, message: &str, hint: &str) {
    let (found, found_hint) = fault(piece, by);
    assert_eq!((found.as_str(), found_hint.as_str()), (message, hint));
}

#[test]
fn misspelt_words() {
    check("threshold =", "treshold =", "m.toml: the key `treshold` is not known", "did you mean `threshold`?");
    check("\"link\"", "\"linking\"", "m.toml: `linking` is not a type of linkage", "did you mean `link`?");
    check(
        "family_name",
        "familyname",
        "m.toml, field `surname` (line 7): `familyname` is not a kind of field",
        "did you mean `family_name`?",
    );
    check(
        "jaro_winkler =",
        "jarowinkler =",
        "m.toml, comparison 1 (surname), level 4 (line 29): the key `jarowinkler` is not known",
        "did you mean `jaro_winkler`?",
    );
    check(
        "\"folded\"",
        "\"fold\"",
        "m.toml, comparison 1 (surname), level 2: `fold` is not a condition that stands alone",
        "did you mean `folded`?",
    );
}

#[test]
fn fields_that_are_not_there() {
    check(
        "reversed = \"forename\"",
        "reversed = \"forname\"",
        "m.toml, comparison 1 (surname), level `Match on reversed surname and forname`: there is no field `forname`",
        "did you mean `forename`?",
    );
    let (message, _) = fault("keys = [\"surname\"", "keys = [\"surnam\"");
    assert_eq!(message, "m.toml, blocking rule 1, key 1: there is no field `surnam`");
    let (message, _) = fault("explode = [\"emails\"]", "explode = [\"surname\"]");
    assert_eq!(message, "m.toml, blocking rule 3, explode: the field `surname` is not a list");
}

#[test]
fn numbers_out_of_range() {
    let table = [
        ("threshold = 0.5", "threshold = 1.5", "m.toml: `threshold` is 1.5, not a probability"),
        ("threshold = 0.5", "prior = 0", "m.toml: `prior` is 0, not a probability between 0 and 1"),
        (
            "m = 0.9",
            "m = 1.9",
            "m.toml, comparison 2 (born), level `Exact match on date_of_birth`: `m` is not a probability",
        ),
        (
            "u = 0.001",
            "u = -0.1",
            "m.toml, comparison 2 (born), level `Exact match on date_of_birth`: `u` is not a probability",
        ),
        (
            "m = 0.9",
            "m = \"high\"",
            "m.toml, comparison 2 (born), level 1 (line 35): `m` should be a number, but is a text",
        ),
    ];
    for (piece, by, message) in table {
        let (found, hint) = fault(piece, by);
        assert_eq!(found, message);
        assert_eq!(hint.is_empty(), by == "m = \"high\"", "{hint}");
    }
}

#[test]
fn conditions_that_cannot_be_read() {
    let (message, _) = fault("{ reversed = \"forename\" }", "{ when = 'jaro_winkle(surname_l, surname_r) > 0.9' }");
    assert!(message.starts_with("m.toml, comparison 1 (surname), level 3 (line 29)"), "{message}");
    let (message, hint) = fault("{ reversed = \"forename\" }", "{ jaro = 0.9, osa = 1 }");
    assert!(message.ends_with("there are two conditions, `jaro` and `osa`"), "{message}");
    assert!(hint.contains("all = ["));
    let (message, _) = fault("{ reversed = \"forename\" }", "{ label = \"what\" }");
    assert!(message.ends_with("there is no condition"), "{message}");
    let (message, _) = fault("{ reversed = \"forename\" }", "{ osa = 1, chars = true }");
    assert!(message.ends_with("`osa` has no form for characters"), "{message}");
    let (message, _) = fault("{ reversed = \"forename\" }", "{ jaro = 1, latitude = \"a\" }");
    assert!(message.ends_with("`latitude` and `longitude` belong to `km` alone"), "{message}");
    let (message, _) = fault("{ reversed = \"forename\" }", "{ any = [] }");
    assert!(message.ends_with("`any` is an empty list"), "{message}");
    let (message, _) = fault("{ reversed = \"forename\" }", "7");
    assert!(message.ends_with("level 3: a number is not a level"), "{message}");
    let (message, _) = fault("{ reversed = \"forename\" }", "{ all = [\"exact\", \"exakt\"] }");
    assert!(message.contains("level 3 (line 29), all 2: `exakt` is not"), "{message}");
}

#[test]
fn rules_that_block_nothing() {
    let (message, hint) = fault("rule = 'l.emails = r.emails and", "rule = '");
    assert_eq!(message, "m.toml, blocking rule 3: there is no key: every pair of records would be compared");
    assert!(hint.contains("l.surname = r.surname"));
    let (message, _) =
        fault("rule = 'l.emails = r.emails and", "keys = [\"surname\"]\nrule = 'l.emails = r.emails and");
    assert!(message.ends_with("there are both `keys` and `rule`"), "{message}");
    let (message, _) = fault("explode = [\"emails\"]", "filter = 'l.surname = r.forename'");
    assert!(message.ends_with("`rule` holds the whole rule"), "{message}");
    let (message, _) = fault("\"prefix(forename, 1)\"", "\"'x'\"");
    assert!(message.ends_with("a key is made of the fields of one record, and of one at least"), "{message}");
}

#[test]
fn levels_that_do_not_fit_together() {
    let many = vec!["\"folded\""; 15].join(", ");
    let (message, _) = fault("\"folded\"", &many);
    assert_eq!(message, "m.toml, comparison 1 (surname): there are 19 levels beside null");
    let (message, _) = fault("{ else = true, m = 0.05, u = 0.989 },", "{ else = true }, { years = 1 }");
    assert_eq!(message, "m.toml, comparison 2 (born): the last level, and no other, is for all others");
    let (message, _) = fault("name = \"born\"", "name = \"Surname\"");
    assert_eq!(message, "m.toml, comparison 2 (Surname): another comparison has this name");
    let (message, _) = fault(
        "levels = [\"exact\", \"folded\"",
        "levels = [{ exact = true, field = \"forename\" }, { osa = 1, term_frequency = true }",
    );
    assert!(
        message.ends_with("level `edits and swaps of surname <= 1`, term_frequency: no level of this comparison is an exact match of `surname`"),
        "{message}"
    );
    let (message, _) = fault("levels = [\"exact\", \"folded\"", "levels = [\"folded\"");
    assert!(message.ends_with("`term_frequency` is for exact levels, and there is none"), "{message}");
    let (message, _) = fault("{ reversed = \"forename\" }", "{ null = true, m = 0.5 }");
    assert!(message.ends_with("the key `m` is not known"), "{message}");
}

#[test]
fn other_documents() {
    let error = LinkageModel::read("{\"comparisons\": []}", "m.json").unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.hint_text()),
        ("m.json: this is a model of Splink", Some("import it first"))
    );
    let error = LinkageModel::read("[1]\n2", "m").unwrap_err();
    assert!(error.to_string().starts_with("m: line "), "{error}");
    let error = LinkageModel::read("{\"link_type\": \"link\"", "m").unwrap_err();
    assert!(error.to_string().starts_with("m: this is not JSON"), "{error}");
    let (message, _) = fault("threshold = 0.5", "version = 2");
    assert!(message.contains("later version"));
}

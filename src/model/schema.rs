//! Which columns each input table may have, and by which other names they are known.

/// One column of an input table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name in this program and its outputs.
    pub name: &'static str,
    /// Other headers that are taken for it.
    pub aliases: &'static [&'static str],
}

/// The columns of one kind of input table.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Whether every column is taken under its own header, beside those that are listed.
    pub open: bool,
    /// What the table is called in messages.
    pub title: &'static str,
    /// Known columns that stand once, in groups that tables share.
    pub columns: &'static [&'static [Column]],
    /// Columns that stand with a number: `address_1` to `address_20`.
    pub numbered: &'static [Numbered],
    /// Each inner list needs at least one column of the table.
    pub required: &'static [&'static [&'static str]],
}

/// A group of columns that stand with a number.
#[derive(Clone, Copy, Debug)]
pub struct Numbered {
    /// Text before the number.
    pub stem: &'static str,
    /// Text after the number: `address_1_from`.
    pub suffix: &'static str,
    /// Other texts after the number that are taken for it.
    pub suffix_aliases: &'static [&'static str],
    /// Highest number.
    pub most: u32,
}

const fn column(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases }
}

const fn numbered(
    stem: &'static str,
    suffix: &'static str,
    suffix_aliases: &'static [&'static str],
    most: u32,
) -> Numbered {
    Numbered { stem, suffix, suffix_aliases, most }
}

/// Most addresses that one row of an extract may hold.
pub const ADDRESSES_MAX: u32 = 20;
/// Most emails, and most mobile numbers, that one row of an extract may hold.
pub const CONTACTS_MAX: u32 = 4;

/// References that the hub of the Home Office gives to the rows of an extract.
const DASH: &[Column] = &[column("dash_reference", &["dash_ref"]), column("dash_source", &[])];

/// What the Home Office holds about a case.
const CASE: &[Column] = &[
    column("cid_person_id", &["cid_per_id", "cid_person_id_number", "cid_id"]),
    column("full_name", &["name"]),
    column("date_of_birth", &["dob", "birth_date"]),
    column("port_reference", &["port_reference_no", "port_ref"]),
    column("ho_reference", &["ho_reference_no", "ho_ref", "home_office_reference"]),
    column("title", &[]),
    column("nationality", &[]),
    column("nino", &["national_insurance_number", "ni_number"]),
    column("pool", &[]),
    column("status_ended_on", &["status_end_date", "status_ended"]),
    column("no_contact_since", &["last_contact_date"]),
    column("wash_number", &[]),
    column("email_1", &["primary_email", "email_primary", "primary_email_address", "email"]),
    column("email_2", &["other_email", "other_email_1", "email_other", "other_email_address"]),
    column("email_3", &["other_email_2"]),
    column("email_4", &["other_email_3"]),
    column("mobile_1", &["primary_mobile", "mobile_primary", "primary_mobile_no", "mobile"]),
    column("mobile_2", &["other_mobile", "other_mobile_1"]),
    column("mobile_3", &["other_mobile_2"]),
    column("mobile_4", &["other_mobile_3"]),
    column("address_1", &["address"]),
    column("postcode_1", &["postcode"]),
];

/// Addresses of a case, with the days between which they were held.
const ADDRESSES: &[Numbered] = &[
    numbered("address", "", &[], ADDRESSES_MAX),
    numbered("postcode", "", &[], ADDRESSES_MAX),
    numbered("address", "_from", &["_start", "_start_date"], ADDRESSES_MAX),
    numbered("address", "_to", &["_end", "_end_date"], ADDRESSES_MAX),
];

/// The extract: Home Office to HMRC, one row a person.
pub const EXTRACT: Schema = Schema {
    open: false,
    title: "extract",
    columns: &[DASH, CASE],
    numbered: ADDRESSES,
    required: &[&["dash_reference"], &["dash_source"], &["cid_person_id"], &["full_name"], &["date_of_birth"]],
};

/// Cases, as the Home Office's own system gives them for a wash: the extract without the hub's references, and whether
/// the case has left the pool.
pub const CASES: Schema = Schema {
    open: false,
    title: "cases",
    columns: &[CASE, &[column("pool_left_on", &[]), column("pool_left_reason", &[])]],
    numbered: ADDRESSES,
    required: &[&["cid_person_id"], &["full_name"], &["date_of_birth"], &["pool", "status_ended_on"]],
};

/// The register: HMRC or a third-party data set, one row a record.
pub const REGISTER: Schema = Schema {
    open: false,
    title: "register",
    columns: &[&[
        column("record_id", &["id"]),
        column("nino", &["national_insurance_number", "ni_number"]),
        column("person_id", &[]),
        column("title", &[]),
        column("full_name", &["name"]),
        column("forename", &["first_name", "forenames", "given_name"]),
        column("middle_names", &["middle_name", "second_forename"]),
        column("surname", &["last_name", "family_name"]),
        column("date_of_birth", &["dob", "birth_date"]),
        column("sex", &["gender"]),
        column("address", &["address_1"]),
        column("postcode", &["postcode_1"]),
        column("phone", &["phone_1", "telephone", "mobile"]),
        column("email", &["email_1", "email_address"]),
        column("tax_year", &[]),
        column("record_kind", &["source"]),
        column("last_activity_on", &["last_activity", "last_activity_date", "effective_date"]),
    ]],
    numbered: &[],
    required: &[&["nino", "person_id"], &["surname", "forename", "full_name"]],
};

/// Outcomes of a trace, as `evaluate` reads them.
pub const OUTCOMES: Schema = Schema {
    open: false,
    title: "outcomes",
    columns: &[&[
        column("dash_reference", &[]),
        column("cid_person_id", &[]),
        column("outcome", &[]),
        column("nino", &[]),
        column("person_id", &[]),
        column("match_probability", &[]),
        column("match_weight", &[]),
        column("runner_up", &[]),
        column("runner_up_weight", &[]),
        column("margin", &[]),
        column("tier", &[]),
        column("reason", &[]),
        column("data_sets", &[]),
    ]],
    numbered: &[],
    required: &[&["cid_person_id"], &["outcome"], &["nino"], &["match_probability"]],
};

/// Truth of a trace: an empty NINO, with no other number in `also`, means that the person is not in the register.
pub const TRUTH: Schema = Schema {
    open: false,
    title: "truth",
    columns: &[&[
        column("cid_person_id", &["cid_per_id"]),
        column("nino", &[]),
        column("also", &[]),
        column("nationality", &[]),
        column("culture", &[]),
        column("errors", &[]),
    ]],
    numbered: &[],
    required: &[&["cid_person_id"], &["nino"]],
};

/// Addresses of the Home Office, and of HMRC, in one row of the handoff.
pub const HANDOFF_ADDRESSES: [u32; 2] = [5, 3];

/// The handoff: HMRC to DWP, one row a confirmed match. Every column has to be there.
pub const HANDOFF: Schema = Schema {
    open: false,
    title: "handoff",
    columns: &[&[
        column("dash_reference", &[]),
        column("dash_source", &[]),
        column("cid_person_id", &[]),
        column("full_name", &[]),
        column("date_of_birth", &[]),
        column("hmrc_match", &[]),
        column("nino", &[]),
        column("wash_number", &[]),
    ]],
    numbered: &[
        numbered("ho_address", "", &[], HANDOFF_ADDRESSES[0]),
        numbered("ho_postcode", "", &[], HANDOFF_ADDRESSES[0]),
        numbered("hmrc_address", "", &[], HANDOFF_ADDRESSES[1]),
        numbered("hmrc_postcode", "", &[], HANDOFF_ADDRESSES[1]),
        numbered("ho_email", "", &[], CONTACTS_MAX),
        numbered("ho_mobile", "", &[], CONTACTS_MAX),
    ],
    required: &[
        &["dash_reference"],
        &["dash_source"],
        &["cid_person_id"],
        &["full_name"],
        &["date_of_birth"],
        &["hmrc_match"],
        &["nino"],
        &["ho_address_1"],
        &["ho_address_2"],
        &["ho_address_3"],
        &["ho_address_4"],
        &["ho_address_5"],
        &["ho_postcode_1"],
        &["ho_postcode_2"],
        &["ho_postcode_3"],
        &["ho_postcode_4"],
        &["ho_postcode_5"],
        &["hmrc_address_1"],
        &["hmrc_address_2"],
        &["hmrc_address_3"],
        &["hmrc_postcode_1"],
        &["hmrc_postcode_2"],
        &["hmrc_postcode_3"],
        &["ho_email_1"],
        &["ho_email_2"],
        &["ho_email_3"],
        &["ho_email_4"],
        &["ho_mobile_1"],
        &["ho_mobile_2"],
        &["ho_mobile_3"],
        &["ho_mobile_4"],
        &["wash_number"],
    ],
};

/// The customer index of DWP, one row a customer.
pub const CUSTOMERS: Schema = Schema {
    open: false,
    title: "customer index",
    columns: &[&[
        column("nino", &["national_insurance_number", "ni_number"]),
        column("title", &[]),
        column("forename", &["first_name", "forenames", "given_name"]),
        column("middle_names", &["middle_name", "second_forename"]),
        column("surname", &["last_name", "family_name"]),
        column("date_of_birth", &["dob", "birth_date"]),
        column("date_of_death", &["dod", "death_date"]),
        column("sex", &["gender"]),
        column("address", &["address_1"]),
        column("postcode", &["postcode_1"]),
        column("phone_1", &["phone", "telephone"]),
        column("phone_2", &[]),
        column("partner_nino", &[]),
    ]],
    numbered: &[],
    required: &[&["nino"], &["surname", "forename"], &["date_of_birth"]],
};

/// Awards of DWP, one row an award.
pub const AWARDS: Schema = Schema {
    open: false,
    title: "awards",
    columns: &[&[
        column("nino", &["national_insurance_number", "ni_number"]),
        column("benefit", &["benefit_code"]),
        column("sub_kind", &[]),
        column("role", &[]),
        column("started_on", &["start_date"]),
        column("ended_on", &["end_date"]),
        column("weekly_amount", &[]),
    ]],
    numbered: &[],
    required: &[&["nino"], &["benefit"], &["role"], &["started_on"]],
};

/// Awards that DWP stopped, for management information.
pub const STOPPED: Schema = Schema {
    open: false,
    title: "stopped awards",
    columns: &[&[
        column("dash_reference", &[]),
        column("benefit", &["benefit_code"]),
        column("stopped_on", &[]),
        column("weekly_amount", &[]),
    ]],
    numbered: &[],
    required: &[&["dash_reference"], &["benefit"], &["stopped_on"], &["weekly_amount"]],
};

/// A workbook of cases that people reviewed.
pub const REVIEW: Schema = Schema {
    open: false,
    title: "review workbook",
    columns: &[&[
        column("case", &[]),
        column("candidate", &[]),
        column("who", &[]),
        column("decision", &[]),
        column("reviewer", &[]),
        column("decided_on", &[]),
        column("note", &[]),
        column("name", &[]),
        column("birth_date", &[]),
        column("sex", &[]),
        column("nino", &[]),
        column("addresses", &[]),
        column("phones", &[]),
        column("emails", &[]),
        column("records", &[]),
        column("how_likely", &[]),
        column("why", &[]),
        column("check", &[]),
    ]],
    numbered: &[],
    required: &[&["case"], &["candidate"], &["decision"], &["reviewer"], &["decided_on"], &["check"]],
};

/// Any table: every column under its own header.
pub const ANY: Schema = Schema { open: true, title: "table", columns: &[], numbered: &[], required: &[] };

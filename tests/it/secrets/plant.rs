//! Rows of people whose every value can be told from all other text.

use crate::support::without_digests;

/// A part of every text that is planted, in lower case.
const WORD: &str = "zqxv";
/// Of numbers and dates: their digits, with and without what stands between them.
const NUMBERS: [&str; 18] = [
    "917264",
    "91 72 64",
    "917364",
    "917464",
    "917564",
    "917664",
    "900617",
    "900 617",
    "900618",
    "ls2 7zq",
    "ls27zq",
    "1931-10-23",
    "23/10/1931",
    "19311023",
    "1937-11-21",
    "21/11/1937",
    "19371121",
    "1932-12-29",
];
/// Of ids of the Home Office's cases, which its own ledger may hold.
const ID: &str = "qjxwc";

/// The planted marks that stand in some bytes, in any case; those of ids unless `ids_may_stand`.
pub(super) fn found(bytes: &[u8], ids_may_stand: bool) -> Vec<&'static str> {
    let lower = without_digests(bytes).to_ascii_lowercase();
    let ids = if ids_may_stand { None } else { Some(ID) };
    let marks = std::iter::once(WORD).chain(NUMBERS).chain(ids);
    marks.filter(|mark| memchr::memmem::find(&lower, mark.as_bytes()).is_some()).collect()
}

const EXTRACT: &str = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,port_reference,ho_reference,title,\
    nationality,address_1,postcode_1,address_1_from,email_1,mobile_1,nino,pool,status_ended_on,no_contact_since,\
    wash_number\n";

/// What follows `full_name,date_of_birth` in a row of a person about whom all is known.
const HELD: &str = "ZQXVPORT,ZQXVREF,ZQXVMR,Zqxvland,\"12 Zqxvhigh Street, Zqxvtown\",LS2 7ZQ,2014-01-01,\
    zqxvt@example.com,07700 900617";
const SCHEDULE: &str = "post2008,2012-05-01,2015-01-01,0";

/// An extract: one who is found, one whose number is another's, one who is not there, one left to people, and rows with every kind of fault.
pub(super) fn extract() -> String {
    let clean = format!(
        "D1,ZQXVHUB,QJXWC1,Zqxvtesfaye Zqxvhaile Zqxvmekonnen,1931-10-23,{HELD},AB917264C,{SCHEDULE}\n\
         D2,ZQXVHUB,QJXWC2,Zqxvjane Zqxvappleby,1937-11-21,,,,,,,,,,AB917364C,{SCHEDULE}\n\
         D3,ZQXVHUB,QJXWC3,Zqxvana Zqxvli,1932-12-29,,,,,,,,,,,{SCHEDULE}\n\
         D8,ZQXVHUB,QJXWC8,Zqxvcarla Zqxvdiaz,1931-10-23,,,,,4 Zqxvlow Road,LS2 7ZQ,2014-01-01,,,,{SCHEDULE}\n"
    );
    let faulty = format!(
        "D4,ZQXVHUB,QJXWC4,=Zqxvcmd|Zqxv!A1,23/10/1931 zqxv,{HELD},ZQXV917264,zqxvpool,zqxvday,zqxvday,zqxvten\n\
         D5,ZQXVHUB,QJXWC5,,,,,,,,zqxv 1,zqxv,zqxv at example,07700900617 zqxv,AB917264,,,,\n\
         D6,ZQXVHUB,QJXWC6,Zqxvragged,1931-10-23,more,fields,{HELD},{HELD},AB917264C,{SCHEDULE}\n\
         D7,ZQXVHUB,QJXWC7,@Zqxvshort\n\
         D1,ZQXVHUB,QJXWC1,Zqxvtwice,1931-10-23,{HELD},AB917264C,{SCHEDULE}\n\
         D9,ZQXVHUB,QJXWC9,Zqxvquoted \"\"Zqxv,1931-10-23,{HELD},AB917264C,{SCHEDULE}\n"
    );
    format!("{EXTRACT}{clean}{faulty}")
}

/// The rows of the extract that no fault keeps from being taken into a workbook.
pub(super) fn clean_extract() -> String {
    extract().lines().take(5).map(|line| format!("{line}\n")).collect()
}

const REGISTER: &str = "record_id,nino,person_id,title,forename,middle_names,surname,date_of_birth,sex,address,postcode,\
    phone,email,tax_year,record_kind,last_activity_on\n";

/// A register in which the first is found with news, and the number of the second is held by another.
pub(super) fn register() -> String {
    format!(
        "{REGISTER}\
         R1,AB917264D,,MR,Zqxvtesfaye,Zqxvhaile,Zqxvmekonnen,1931-10-23,M,3 Zqxvlow Road,LS2 7ZQ,07700900618,\
         zqxvnew@example.com,2015-16,PAYE,2016-03-01\n\
         R2,AB917464D,,MRS,Zqxvjane,,Zqxvappleby,1937-11-21,F,4 Zqxvlow Road,LS2 7ZQ,,,2015-16,PAYE,2016-03-01\n\
         R3,AB917364D,,MR,Zqxvother,,Zqxvperson,1932-12-29,M,5 Zqxvlow Road,LS2 7ZQ,,,2015-16,PAYE,2016-03-01\n\
         R6,AB917664D,,MR,Zqxvcarla,,Zqxvother,1937-10-23,M,4 Zqxvlow Road,LS2 7ZQ,,,2015-16,PAYE,2016-03-01\n\
         R4,ZQXV917564,ZQXVP4,zqxv,=Zqxvformula,,-Zqxvminus,zqxv 1931-10-23,zqxv,@zqxv,zqxv 9,zqxv 07700900618,zqxv,zqxv,\
         PAYE,zqxv\n\
         R5,AB917564D,,,Zqxvragged,a,b,c,d,e,f,g,h,i,j,k,l,m,n\n"
    )
}

/// Cases of the Home Office: the people of the extract, one who has left, and a row that cannot be read.
pub(super) fn cases() -> String {
    let header = "cid_person_id,full_name,date_of_birth,title,nationality,address_1,postcode_1,address_1_from,email_1,mobile_1,\
        nino,status_ended_on,no_contact_since,pool_left_on,pool_left_reason\n";
    let held =
        "ZQXVMR,Zqxvland,\"12 Zqxvhigh Street, Zqxvtown\",LS2 7ZQ,2014-01-01,zqxvt@example.com,07700900617,AB917264C";
    format!(
        "{header}\
         QJXWC1,Zqxvtesfaye Zqxvhaile Zqxvmekonnen,1931-10-23,{held},2012-05-01,2015-01-01,,\n\
         QJXWC2,Zqxvjane Zqxvappleby,1937-11-21,,,,,,,,AB917364C,2012-05-01,2015-01-01,,\n\
         QJXWC3,Zqxvana Zqxvli,1932-12-29,,,,,,,,,2012-05-01,2015-01-01,,\n\
         QJXWC8,Zqxvcarla Zqxvdiaz,1931-10-23,,,4 Zqxvlow Road,LS2 7ZQ,2014-01-01,,,,2012-05-01,2015-01-01,,\n\
         QJXWC4,Zqxvgone,1931-10-23,{held},2012-05-01,2015-01-01,2016-04-01,Zqxvphoned from 07700900618\n\
         QJXWC5,Zqxvbad,zqxv,{held},zqxvday,zqxvday,zqxvday,zqxv\n"
    )
}

/// Customers of DWP: the one who is found with a partner who has died, and rows that cannot be read.
pub(super) fn customers() -> String {
    let header = "nino,title,forename,middle_names,surname,date_of_birth,date_of_death,sex,address,postcode,phone_1,phone_2,\
        partner_nino\n";
    format!(
        "{header}\
         AB917264A,MR,Zqxvtesfaye,Zqxvhaile,Zqxvmekonnen,1931-10-23,,M,9 Zqxvother Road,LS2 7ZQ,07700900618,,AB917364A\n\
         AB917364A,MS,Zqxvpartner,,Zqxvmekonnen,1937-11-21,2016-01-01,F,9 Zqxvother Road,LS2 7ZQ,,,\n\
         ZQXV917564,zqxv,=Zqxv,,Zqxv,zqxv,zqxv,zqxv,zqxv,zqxv,zqxv,zqxv,ZQXV917564\n"
    )
}

/// Awards of DWP, one in payment, and rows that cannot be read.
pub(super) fn awards() -> &'static str {
    "nino,benefit,sub_kind,role,started_on,ended_on,weekly_amount\n\
     AB917264B,UC,,customer,2015-01-01,,73.10\n\
     ZQXV917564,zqxv,zqxv,zqxv,zqxv,zqxv,zqxv\n\
     AB917264B,zqxvben,zqxv,partner,2015-01-01,,1.00\n"
}

/// Stopped awards, some of which cannot be read.
pub(super) fn stopped() -> &'static str {
    "dash_reference,benefit,stopped_on,weekly_amount\nD1,UC,2016-03-01,73.10\nZQXVD,zqxv,zqxv,zqxv\nD2,zqxvben,2016-03-01,5\n"
}

/// Two tables to link: of one person each, and others to learn from; an id of the left one stands twice.
pub(super) fn to_link() -> [String; 2] {
    let row = |side: &str, n: usize| {
        let [given, family] =
            [n % 7, n % 11].map(|at| ["a", "e", "i", "o", "u", "ae", "ei", "oa", "ui", "ee", "oo"][at]);
        format!(
            "zqxv{side}{},Zqxvg{given}n,Zqxvf{family}ly,19{:02}-{:02}-{:02},LS2 7ZQ,zqxv{n}@example.com\n",
            n - usize::from(side == "l" && n == 9),
            30 + n % 60,
            1 + n % 12,
            1 + n % 28,
        )
    };
    ["l", "r"].map(|side| {
        let rows: String = (0..60).map(|n| row(side, n)).collect();
        format!("zid,forename,surname,date_of_birth,postcode,email\n{rows}")
    })
}

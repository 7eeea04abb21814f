-- Version 2 of the ledger. Dates are YYYY-MM-DD; nothing here holds a name, a birth date, an address or a number.
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- What a command was about to do when it began; empty unless one was stopped. A folder that was made is taken back; a
-- destruction, and the clearing of free pages, are finished.
CREATE TABLE intent (
    target TEXT NOT NULL,
    head TEXT NOT NULL,
    command TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'make' CHECK (kind IN ('make', 'destroy', 'scrub')),
    detail TEXT NOT NULL DEFAULT ''
) STRICT;

-- The chain: each entry's hash covers the hash before it.
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    command TEXT NOT NULL,
    subject TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TABLE cohort (
    id INTEGER PRIMARY KEY,
    pool TEXT NOT NULL CHECK (pool IN ('pre2008', 'post2008')),
    month TEXT NOT NULL,
    first_wash_on TEXT NOT NULL,
    UNIQUE (pool, month)
) STRICT;

-- A case that comes back to the pool begins a new spell; its earlier one stays withdrawn.
CREATE TABLE pool_case (
    id INTEGER PRIMARY KEY,
    cid_person_id TEXT NOT NULL,
    spell INTEGER NOT NULL,
    pool TEXT NOT NULL CHECK (pool IN ('pre2008', 'post2008')),
    status_ended_on TEXT,
    no_contact_since TEXT,
    first_seen_on TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('waiting', 'sent', 'open', 'traced', 'withdrawn', 'decision', 'unresolved', 'washed_once')),
    cohort INTEGER REFERENCES cohort (id),
    last_number INTEGER,
    all_no_hit INTEGER NOT NULL DEFAULT 1 CHECK (all_no_hit IN (0, 1)),
    next_due_on TEXT,
    withdrawn_on TEXT,
    withdrawn_reason TEXT,
    UNIQUE (cid_person_id, spell)
) STRICT;
CREATE INDEX pool_case_due ON pool_case (next_due_on) WHERE next_due_on IS NOT NULL AND state IN ('waiting', 'open');

-- Folder and head are those of its extract; empty where none was written. Version 1 had neither.
CREATE TABLE wash (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    washed_on TEXT NOT NULL,
    agreement TEXT NOT NULL,
    rows INTEGER NOT NULL,
    cancelled_on TEXT,
    cancelled_reason TEXT,
    closed_on TEXT,
    keep_until TEXT,
    destroyed_on TEXT,
    keyed INTEGER NOT NULL DEFAULT 0 CHECK (keyed IN (0, 1)),
    certificate INTEGER REFERENCES certificate (id),
    folder TEXT NOT NULL DEFAULT '',
    head TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE washed (
    dash_reference TEXT NOT NULL PRIMARY KEY,
    wash INTEGER NOT NULL REFERENCES wash (id),
    part INTEGER NOT NULL,
    case_id INTEGER NOT NULL REFERENCES pool_case (id),
    number INTEGER NOT NULL,
    nationality TEXT,
    outcome TEXT CHECK (outcome IN ('match', 'no_hit', 'unresolved', 'not_searchable', 'refused')),
    returned_on TEXT,
    verified TEXT CHECK (verified IN ('correct', 'wrong', 'unsure')),
    verified_on TEXT,
    UNIQUE (wash, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX washed_case ON washed (case_id);

-- Counts that stay when the rows behind them are gone.
CREATE TABLE tally (
    wash INTEGER NOT NULL REFERENCES wash (id),
    number INTEGER NOT NULL,
    pool TEXT NOT NULL,
    cohort TEXT NOT NULL,
    measure TEXT NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (wash, number, pool, cohort, measure)
) STRICT, WITHOUT ROWID;

-- Runs of HMRC and DWP: a row is found again by its Dash reference, after closure by a keyed hash of it. The counts stay
-- when the rows are destroyed.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    run_on TEXT NOT NULL,
    agreement TEXT NOT NULL,
    folder TEXT NOT NULL,
    head TEXT NOT NULL,
    sealed_to TEXT NOT NULL,
    rows INTEGER NOT NULL,
    closed_on TEXT,
    keep_until TEXT,
    destroyed_on TEXT,
    keyed INTEGER NOT NULL DEFAULT 0 CHECK (keyed IN (0, 1)),
    certificate INTEGER REFERENCES certificate (id)
) STRICT;

CREATE TABLE run_count (
    run INTEGER NOT NULL REFERENCES run (id),
    outcome TEXT NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (run, outcome)
) STRICT, WITHOUT ROWID;

-- A reference may stand in a run twice: rows are known by their number.
CREATE TABLE run_row (
    run INTEGER NOT NULL REFERENCES run (id),
    row INTEGER NOT NULL,
    reference TEXT NOT NULL,
    outcome TEXT NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (run, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_row_reference ON run_row (reference);

-- Certificates of destruction, as they were written.
CREATE TABLE certificate (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    delivered_on TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('made', 'sent', 'received')),
    department TEXT NOT NULL,
    contact TEXT NOT NULL,
    file TEXT NOT NULL,
    rows INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    run INTEGER REFERENCES run (id)
) STRICT;

CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    aware_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    kind TEXT NOT NULL,
    rows INTEGER NOT NULL,
    reported_at TEXT,
    reported_to TEXT
) STRICT;

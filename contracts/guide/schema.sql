-- What month.sql reads: tables, or views of these names and columns over a case system.
--
-- Dates are legal dates; timestamptz is an instant. What lasts goes from `since` to `until`, the
-- first day that no longer counts, or NULL. Codes are the contract's; NULL is not known.

CREATE TABLE person (
    id         integer PRIMARY KEY,
    sex        text,
    birth_date date
);

CREATE TABLE person_group (  -- several to a person, or none
    person_id        integer NOT NULL REFERENCES person,
    population_group text    NOT NULL,
    PRIMARY KEY (person_id, population_group)
);

CREATE TABLE referral (  -- into the programme
    id              integer PRIMARY KEY,
    person_id       integer NOT NULL REFERENCES person,
    programme       text    NOT NULL,
    referred_on     date    NOT NULL,
    referral_source text,
    screened_on     date,     -- the day of the decision
    is_eligible     boolean,
    inelig_reason   text,
    declined_on     date,     -- eligible, and chose not to enter
    CHECK ((screened_on IS NULL) = (is_eligible IS NULL))
);

CREATE TABLE court_case (
    id            integer PRIMARY KEY,
    person_id     integer NOT NULL REFERENCES person,
    referral_id   integer REFERENCES referral,
    arrested_on   date,     -- or first charged
    admitted_on   date,     -- its first entry, in whatever programme
    substance     text,
    offence_group text,
    legal_route   text
);

CREATE TABLE participation (  -- of a case in a programme, from an entry to an exit
    id               integer PRIMARY KEY,
    case_id          integer NOT NULL REFERENCES court_case,
    programme        text    NOT NULL,
    entered_on       date    NOT NULL,
    is_admission     boolean NOT NULL,  -- the case's first entry
    entry_type       text,     -- of any other entry: REE, TRF
    left_on          date,     -- of a graduation the legal date, not the ceremony's
    exit_reason      text,
    works_or_studies boolean,  -- at graduation
    dismissed_on     date,     -- the charges, because of the graduation
    returned_on      date,     -- to ordinary proceedings, after the exit
    CHECK (left_on >= entered_on)
);

CREATE TABLE phase (  -- until the next one
    participation_id integer NOT NULL REFERENCES participation,
    since            date    NOT NULL,
    phase            text,
    PRIMARY KEY (participation_id, since)
);

CREATE TABLE suspension (
    participation_id integer NOT NULL REFERENCES participation,
    since            date    NOT NULL,
    until            date
);

CREATE TABLE care_plan (  -- of Case and Care Management
    participation_id integer NOT NULL REFERENCES participation,
    since            date    NOT NULL,
    until            date
);

CREATE TABLE treatment (  -- the main modality, WAI while waiting: one at a time
    participation_id integer NOT NULL REFERENCES participation,
    since            date    NOT NULL,
    until            date,
    modality         text,
    PRIMARY KEY (participation_id, since)
);

CREATE TABLE treatment_session (  -- a row for each person who attended
    participation_id integer NOT NULL REFERENCES participation,
    held_on          date    NOT NULL
);

CREATE TABLE hearing (  -- a status hearing, a row for each person summoned
    participation_id integer     NOT NULL REFERENCES participation,
    scheduled_for    timestamptz NOT NULL,
    attendance       text
);

CREATE TABLE drug_test (
    participation_id integer     NOT NULL REFERENCES participation,
    taken_at         timestamptz NOT NULL,
    is_positive      boolean  -- for a substance not prescribed; NULL: no valid result
);

CREATE TABLE incentive (
    participation_id integer NOT NULL REFERENCES participation,
    given_on         date    NOT NULL
);

CREATE TABLE sanction (
    participation_id integer NOT NULL REFERENCES participation,
    imposed_on       date    NOT NULL,
    sanction_type    text,
    detained_since   date,
    detained_until   date
);

CREATE TABLE service_referral (  -- to a complementary service
    participation_id integer NOT NULL REFERENCES participation,
    referred_on      date    NOT NULL,
    service_sector   text,
    first_served_on  date     -- confirmed
);

CREATE TABLE new_charge (
    person_id    integer NOT NULL REFERENCES person,
    charged_on   date    NOT NULL,
    committed_on date    NOT NULL  -- allegedly
);

CREATE TABLE record_check (  -- of a graduate's justice record, after 6, 12 or 24 months
    participation_id integer NOT NULL REFERENCES participation,
    followup_window  text    NOT NULL,
    has_new_charge   boolean NOT NULL,  -- since the graduation
    PRIMARY KEY (participation_id, followup_window)
);

CREATE TABLE capacity (  -- until the next one
    programme text    NOT NULL,
    since     date    NOT NULL,
    slots     integer NOT NULL,
    PRIMARY KEY (programme, since)
);

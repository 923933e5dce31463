-- A programme's month as a document of contract 1.0.0, from the tables of schema.sql.
--
--     psql -X -At -v ON_ERROR_STOP=1 -v programme=MX-NLE-01 -v month=2026-09 -f month.sql
--
-- Without psql, write the programme and the month into `asked`; the rest stays.

WITH asked AS (  -- a day is in the month where first_day <= day and day < next_day
    SELECT CAST(:'programme' AS text) AS programme,
           first_day,
           CAST(first_day + INTERVAL '1 month' AS date) AS next_day
    FROM (SELECT CAST(:'month' || '-01' AS date)) AS given (first_day)
),

-- What is sent, and by what it is broken down.
form (measure, kind, dimensions) AS (
    VALUES ('referrals', 'count', '{referral_source, sex}'),
           ('screened', 'count', '{sex}'),
           ('eligible', 'count', '{sex}'),
           ('not_eligible', 'count', '{inelig_reason}'),
           ('declined', 'count', '{}'),
           ('admissions', 'count', '{sex, age_band, substance, offence_group, legal_route,
                                     population_group}'),
           ('referral_to_admission_days', 'days', '{}'),
           ('arrest_to_admission_days', 'days', '{}'),
           ('active_open', 'count', '{}'),
           ('reentries', 'count', '{entry_type}'),
           ('active_close', 'count', '{phase, sex, age_band, substance, offence_group,
                                       legal_route, population_group}'),
           ('active_suspended_close', 'count', '{}'),
           ('hearings', 'count', '{attendance}'),
           ('treatment_active_close', 'count', '{treatment_modality}'),
           ('treatment_sessions', 'count', '{session_type}'),
           ('residential_days', 'count', '{}'),
           ('drug_tests', 'count', '{}'),
           ('drug_tests_positive', 'count', '{}'),
           ('persons_tested', 'count', '{}'),
           ('persons_positive', 'count', '{}'),
           ('relapses', 'count', '{}'),
           ('incentives', 'count', '{}'),
           ('sanctions', 'count', '{sanction_type}'),
           ('detention_days', 'count', '{}'),
           ('ccm_active_close', 'count', '{}'),
           ('service_referrals', 'count', '{service_sector}'),
           ('service_linkages', 'count', '{service_sector}'),
           ('exits', 'count', '{exit_reason, sex, age_band}'),
           ('graduations', 'count', '{sex, age_band}'),
           ('days_in_program_graduates', 'days', '{}'),
           ('days_in_program_non_graduates', 'days', '{}'),
           ('charges_dropped', 'count', '{}'),
           ('returns_to_ordinary', 'count', '{}'),
           ('graduates_in_work_or_study', 'count', '{}'),
           ('new_charges_in_program', 'count', '{}'),
           ('followup_due', 'count', '{followup_window}'),
           ('followup_checked', 'count', '{followup_window}'),
           ('followup_new_charge', 'count', '{followup_window}'),
           ('capacity_slots', 'count', '{}')
),

-- What of it is not known, and why: a figure, or one of its breakdowns.
not_known (measure, dimension, status) AS (
    VALUES ('relapses', NULL, 'not_collected'),
           ('treatment_sessions', 'session_type', 'not_collected')
    UNION ALL
    SELECT 'capacity_slots', NULL, 'missing'
    FROM asked
    WHERE NOT EXISTS (SELECT 1 FROM capacity AS c
                      WHERE c.programme = asked.programme AND c.since < asked.next_day)
),

-- Intake: a referral has up to three dates, each of them a measure's.
intake AS (
    SELECT m.measure, b.dimension, b.code
    FROM asked
    JOIN referral AS r ON r.programme = asked.programme
    JOIN person ON person.id = r.person_id
    CROSS JOIN LATERAL (
        VALUES ('referrals', r.referred_on, true),
               ('screened', r.screened_on, true),
               ('eligible', r.screened_on, r.is_eligible),
               ('not_eligible', r.screened_on, NOT r.is_eligible),
               ('declined', r.declined_on, true)
    ) AS m (measure, day, counts)
    CROSS JOIN LATERAL (
        VALUES (NULL, NULL),  -- the total
               ('sex', person.sex),
               ('referral_source', r.referral_source),
               ('inelig_reason', r.inelig_reason)
    ) AS b (dimension, code)
    WHERE m.counts AND m.day >= asked.first_day AND m.day < asked.next_day
),

-- The programme's participations, with phase and modality as they are at the month's end.
participant AS (
    SELECT p.*, c.person_id, c.arrested_on, c.admitted_on, c.substance, c.offence_group,
           c.legal_route, person.sex, person.birth_date, r.referred_on,
           asked.first_day, asked.next_day,
           (SELECT h.phase FROM phase AS h
            WHERE h.participation_id = p.id AND h.since < asked.next_day
            ORDER BY h.since DESC FETCH FIRST 1 ROW ONLY) AS phase,
           (SELECT t.modality FROM treatment AS t
            WHERE t.participation_id = p.id AND t.since < asked.next_day
                  AND (t.until IS NULL OR t.until >= asked.next_day)
            ORDER BY t.since DESC FETCH FIRST 1 ROW ONLY) AS treatment_modality
    FROM asked
    JOIN participation AS p ON p.programme = asked.programme
    JOIN court_case AS c ON c.id = p.case_id
    JOIN person ON person.id = c.person_id
    LEFT JOIN referral AS r ON r.id = c.referral_id
),

-- Flows of persons: what happened to a participation, and on which day.
moved AS (
    SELECT p.*, m.measure, m.day
    FROM participant AS p
    CROSS JOIN LATERAL (
        VALUES ('admissions', p.entered_on, p.is_admission),
               ('reentries', p.entered_on, NOT p.is_admission),
               ('exits', p.left_on, true),
               ('graduations', p.left_on, p.exit_reason = 'GRD'),
               ('graduates_in_work_or_study', p.left_on,
                p.exit_reason = 'GRD' AND p.works_or_studies),
               ('charges_dropped', p.dismissed_on, true),
               ('returns_to_ordinary', p.returned_on, true)
    ) AS m (measure, day, counts)
    WHERE m.counts AND m.day >= p.first_day AND m.day < p.next_day
),

-- Stocks of persons: who had entered before a moment, and had not left before it.
present AS (
    SELECT p.*, m.measure, p.next_day - 1 AS day
    FROM participant AS p
    CROSS JOIN LATERAL (
        VALUES ('active_open', p.first_day, true),
               ('active_close', p.next_day, true),
               ('treatment_active_close', p.next_day, true),
               ('active_suspended_close', p.next_day, EXISTS (
                   SELECT 1 FROM suspension AS s
                   WHERE s.participation_id = p.id AND s.since < p.next_day
                         AND (s.until IS NULL OR s.until >= p.next_day))),
               ('ccm_active_close', p.next_day, EXISTS (
                   SELECT 1 FROM care_plan AS s
                   WHERE s.participation_id = p.id AND s.since < p.next_day
                         AND (s.until IS NULL OR s.until >= p.next_day)))
    ) AS m (measure, moment, counts)
    WHERE m.counts
          AND p.entered_on < m.moment AND (p.left_on IS NULL OR p.left_on >= m.moment)
),

somebody AS (
    SELECT * FROM moved
    UNION ALL
    SELECT * FROM present
),

-- Each of them once in the total and once in each breakdown, never in two at the same time.
persons AS (
    SELECT s.measure, b.dimension, b.code
    FROM somebody AS s
    LEFT JOIN (
        VALUES ('Y12T17', 12, 17), ('Y18T24', 18, 24), ('Y25T34', 25, 34), ('Y35T44', 35, 44),
               ('Y45T54', 45, 54), ('Y55T64', 55, 64), ('Y_GE65', 65, 120)
    ) AS age_band (code, youngest, oldest)
        ON EXTRACT(YEAR FROM age(s.day, s.birth_date)) BETWEEN youngest AND oldest
    CROSS JOIN LATERAL (
        VALUES (NULL, NULL),  -- the total
               ('sex', s.sex),
               ('age_band', age_band.code),
               ('substance', s.substance),
               ('offence_group', s.offence_group),
               ('legal_route', s.legal_route),
               ('entry_type', s.entry_type),
               ('exit_reason', s.exit_reason),
               ('phase', s.phase),
               ('treatment_modality', s.treatment_modality)
    ) AS b (dimension, code)
),

-- Several codes to a person: all of them are there, with 0 where there is nobody.
groups AS (
    SELECT m.measure, 'population_group' AS dimension, g.code, count(s.id) AS number
    FROM (VALUES ('admissions'), ('active_close')) AS m (measure)
    CROSS JOIN (VALUES ('IND'), ('AFM'), ('DIS'), ('NSL'), ('MIG'), ('CAR')) AS g (code)
    LEFT JOIN (
        somebody AS s JOIN person_group AS pg ON pg.person_id = s.person_id
    ) ON s.measure = m.measure AND pg.population_group = g.code
    GROUP BY m.measure, g.code
),

-- Events; an instant has the day that it had in Mexico City.
happened AS (
    SELECT participation_id, 'hearings' AS measure,
           CAST(scheduled_for AT TIME ZONE 'America/Mexico_City' AS date) AS day,
           'attendance' AS dimension, attendance AS code
    FROM hearing
    UNION ALL
    SELECT participation_id, 'drug_tests',
           CAST(taken_at AT TIME ZONE 'America/Mexico_City' AS date), NULL, NULL
    FROM drug_test WHERE is_positive IS NOT NULL
    UNION ALL
    SELECT participation_id, 'drug_tests_positive',
           CAST(taken_at AT TIME ZONE 'America/Mexico_City' AS date), NULL, NULL
    FROM drug_test WHERE is_positive
    UNION ALL
    SELECT participation_id, 'treatment_sessions', held_on, NULL, NULL FROM treatment_session
    UNION ALL
    SELECT participation_id, 'incentives', given_on, NULL, NULL FROM incentive
    UNION ALL
    SELECT participation_id, 'sanctions', imposed_on, 'sanction_type', sanction_type
    FROM sanction
    UNION ALL
    SELECT participation_id, 'service_referrals', referred_on, 'service_sector', service_sector
    FROM service_referral
    UNION ALL
    SELECT participation_id, 'service_linkages', first_served_on, 'service_sector',
           service_sector
    FROM service_referral
),
event AS (
    SELECT h.measure, h.dimension, h.code, p.person_id
    FROM happened AS h
    JOIN participant AS p ON p.id = h.participation_id
    WHERE h.day >= p.first_day AND h.day < p.next_day
),

-- Distinct persons: each once, however often.
distinct_persons AS (
    SELECT CASE measure WHEN 'drug_tests' THEN 'persons_tested' ELSE 'persons_positive' END
               AS measure,
           count(DISTINCT person_id) AS number
    FROM event
    WHERE measure IN ('drug_tests', 'drug_tests_positive')
    GROUP BY measure
    UNION ALL
    SELECT 'new_charges_in_program', count(DISTINCT p.person_id)
    FROM participant AS p
    JOIN new_charge AS n ON n.person_id = p.person_id
    WHERE n.charged_on >= p.first_day AND n.charged_on < p.next_day
          AND n.charged_on >= p.entered_on
          AND (p.left_on IS NULL OR n.charged_on <= p.left_on)
          AND n.committed_on > coalesce(p.admitted_on, p.entered_on)
),

-- Days of the month, of what began before it or goes on after it too.
lasting AS (
    SELECT participation_id, 'detention_days' AS measure,
           detained_since AS since, detained_until AS until
    FROM sanction WHERE detained_since IS NOT NULL
    UNION ALL
    SELECT participation_id, 'residential_days', since, until
    FROM treatment WHERE modality IN ('RES_S', 'RES_L', 'HOS')
),
days_of_month AS (
    SELECT l.measure,
           sum(greatest(0, least(coalesce(l.until, p.next_day), coalesce(p.left_on, p.next_day),
                                 p.next_day) - greatest(l.since, p.first_day))) AS number
    FROM lasting AS l
    JOIN participant AS p ON p.id = l.participation_id
    GROUP BY l.measure
),

-- Durations: days and how many persons they are of, those with both dates; never a mean.
duration AS (
    SELECT m.measure, sum(m.days) AS sum, count(m.days) AS n
    FROM participant AS p
    CROSS JOIN LATERAL (
        VALUES ('referral_to_admission_days', p.entered_on, p.is_admission,
                p.entered_on - p.referred_on),
               ('arrest_to_admission_days', p.entered_on, p.is_admission,
                p.entered_on - p.arrested_on),
               ('days_in_program_graduates', p.left_on,
                coalesce(p.exit_reason, '_U') = 'GRD', p.left_on - p.admitted_on),
               ('days_in_program_non_graduates', p.left_on,
                coalesce(p.exit_reason, '_U') <> 'GRD', p.left_on - p.admitted_on)
    ) AS m (measure, day, counts, days)
    WHERE m.counts AND m.day >= p.first_day AND m.day < p.next_day
    GROUP BY m.measure
),

-- Cohorts: who graduated 6, 12 or 24 months before, whatever day of that month.
cohort AS (
    SELECT m.measure, b.dimension, b.code
    FROM participant AS p
    CROSS JOIN (VALUES ('M6', 6), ('M12', 12), ('M24', 24)) AS w (code, months)
    LEFT JOIN record_check AS r
        ON r.participation_id = p.id AND r.followup_window = w.code
    CROSS JOIN LATERAL (
        VALUES ('followup_due', true),
               ('followup_checked', r.participation_id IS NOT NULL),
               ('followup_new_charge', r.has_new_charge)
    ) AS m (measure, counts)
    CROSS JOIN LATERAL (VALUES (NULL, NULL), ('followup_window', w.code)) AS b (dimension, code)
    WHERE m.counts AND p.exit_reason = 'GRD'
          AND p.left_on >= p.first_day - w.months * INTERVAL '1 month'
          AND p.left_on < p.next_day - w.months * INTERVAL '1 month'
),

-- One line for each figure: without a dimension it is the total.
tally AS (
    SELECT measure, dimension, coalesce(code, '_U') AS code, count(*) AS number
    FROM (
        SELECT measure, dimension, code FROM intake
        UNION ALL
        SELECT measure, dimension, code FROM persons
        UNION ALL
        SELECT measure, NULL, NULL FROM event
        UNION ALL
        SELECT measure, dimension, code FROM event WHERE dimension IS NOT NULL
        UNION ALL
        SELECT measure, dimension, code FROM cohort
    ) AS counted
    GROUP BY measure, dimension, coalesce(code, '_U')
    UNION ALL
    SELECT measure, dimension, code, number FROM groups
    UNION ALL
    SELECT measure, NULL, NULL, number FROM distinct_persons
    UNION ALL
    SELECT measure, NULL, NULL, number FROM days_of_month
    UNION ALL
    SELECT 'capacity_slots', NULL, NULL, c.slots
    FROM asked
    JOIN capacity AS c ON c.programme = asked.programme
    WHERE c.since = (SELECT max(since) FROM capacity
                     WHERE programme = asked.programme AND since < asked.next_day)
),

-- From here on it is PostgreSQL's: lines become the document.
breakdown AS (
    SELECT form.measure,
           jsonb_object_agg(
               b.dimension,
               CASE WHEN u.status IS NULL THEN coalesce(t.codes, '{}')
                    ELSE jsonb_build_object('status', u.status) END
           ) AS dimensions
    FROM form
    CROSS JOIN LATERAL unnest(CAST(form.dimensions AS text[])) AS b (dimension)
    LEFT JOIN not_known AS u ON u.measure = form.measure AND u.dimension = b.dimension
    LEFT JOIN (
        SELECT measure, dimension, jsonb_object_agg(code, number) AS codes
        FROM tally WHERE dimension IS NOT NULL
        GROUP BY measure, dimension
    ) AS t ON t.measure = form.measure AND t.dimension = b.dimension
    GROUP BY form.measure
),
figure AS (
    SELECT form.measure,
           CASE WHEN form.kind = 'days' AND u.status IS NOT NULL
                THEN jsonb_build_object('sum', NULL, 'n', NULL, 'status', u.status)
                WHEN form.kind = 'days'
                THEN jsonb_build_object('sum', coalesce(d.sum, 0), 'n', coalesce(d.n, 0))
                WHEN u.status IS NOT NULL
                THEN jsonb_build_object('value', NULL, 'status', u.status)
                WHEN b.dimensions IS NULL
                THEN jsonb_build_object('value', coalesce(t.number, 0))
                ELSE jsonb_build_object('value', coalesce(t.number, 0), 'by', b.dimensions)
           END AS figure
    FROM form
    LEFT JOIN not_known AS u ON u.measure = form.measure AND u.dimension IS NULL
    LEFT JOIN tally AS t ON t.measure = form.measure AND t.dimension IS NULL
    LEFT JOIN duration AS d ON d.measure = form.measure
    LEFT JOIN breakdown AS b ON b.measure = form.measure
)
SELECT jsonb_pretty(jsonb_build_object(
    'contract', '1.0.0',
    'programme', (SELECT programme FROM asked),
    'period', (SELECT to_char(first_day, 'YYYY-MM') FROM asked),
    'measures', (SELECT jsonb_object_agg(measure, figure) FROM figure)
))
-- Of a programme without any record here there is no document, rather than one of zeros.
WHERE EXISTS (SELECT 1 FROM asked JOIN capacity AS c ON c.programme = asked.programme)
   OR EXISTS (SELECT 1 FROM asked JOIN referral AS r ON r.programme = asked.programme)
   OR EXISTS (SELECT 1 FROM asked JOIN participation AS p ON p.programme = asked.programme);

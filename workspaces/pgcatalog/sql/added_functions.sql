-- Functions of PostgreSQL that the engine lacks, in a schema that is in the search path of every session.

CREATE MACRO $names.array_dims(the_list) AS CASE WHEN len(the_list) > 0 THEN format('[1:{}]', len(the_list)) END;
CREATE MACRO $names.array_replace(the_list, the_old, the_new) AS
    list_transform(the_list, lambda item: CASE WHEN item IS NOT DISTINCT FROM the_old THEN the_new ELSE item END);
CREATE MACRO $names.array_fill(the_value, the_sizes) AS list_transform(range(the_sizes[1]), lambda place: the_value);
CREATE MACRO $names.array_positions(the_list, the_value) AS list_filter(
    list_transform(the_list, lambda item, place: CASE WHEN item IS NOT DISTINCT FROM the_value THEN place::INTEGER END),
    lambda place: place IS NOT NULL);
CREATE MACRO $names.trim_array(the_list, the_count) AS the_list[1:len(the_list) - the_count];
CREATE MACRO $names.btrim(the_text) AS trim(the_text), (the_text, the_characters) AS trim(the_text, the_characters);
CREATE MACRO $names.initcap(the_text) AS array_to_string(list_transform(
    regexp_extract_all(the_text, '[\p{L}\p{N}]+|[^\p{L}\p{N}]+'),
    lambda word: upper(word[1]) || lower(word[2:])), '');
CREATE MACRO $names.convert_from(the_bytes, the_encoding) AS system.main.decode(the_bytes);
CREATE MACRO $names.convert_to(the_text, the_encoding) AS system.main.encode(the_text);
CREATE MACRO $names.decode(the_value) AS system.main.decode(the_value),
    (the_text, the_format) AS CASE lower(the_format)
        WHEN 'hex' THEN unhex(the_text) WHEN 'base64' THEN from_base64(the_text)
        WHEN 'escape' THEN system.main.encode(the_text)
        ELSE error('unrecognized encoding: "' || the_format || '"')::BLOB END;
CREATE MACRO $names.encode(the_value) AS system.main.encode(the_value),
    (the_bytes, the_format) AS CASE lower(the_format)
        WHEN 'hex' THEN lower(hex(the_bytes)) WHEN 'base64' THEN to_base64(the_bytes)
        WHEN 'escape' THEN system.main.decode(the_bytes)
        ELSE error('unrecognized encoding: "' || the_format || '"')::VARCHAR END;
CREATE MACRO $names.parse_ident(the_name) AS list_transform(
    regexp_extract_all(the_name, '"(?:[^"]|"")*"|[^.\s]+'),
    lambda part: CASE WHEN part[1] = '"' THEN replace(part[2:-2], '""', '"') ELSE lower(part) END);
CREATE MACRO $names.num_nulls(a) AS (a IS NULL)::INTEGER, (a, b) AS (a IS NULL)::INTEGER + (b IS NULL)::INTEGER,
    (a, b, c) AS (a IS NULL)::INTEGER + (b IS NULL)::INTEGER + (c IS NULL)::INTEGER;
CREATE MACRO $names.num_nonnulls(a) AS (a IS NOT NULL)::INTEGER,
    (a, b) AS (a IS NOT NULL)::INTEGER + (b IS NOT NULL)::INTEGER,
    (a, b, c) AS (a IS NOT NULL)::INTEGER + (b IS NOT NULL)::INTEGER + (c IS NOT NULL)::INTEGER;

CREATE MACRO $names.regexp_match(the_text, the_pattern) AS CASE WHEN regexp_matches(the_text, the_pattern)
    THEN CASE WHEN regexp_matches(the_pattern, '\([^?]') THEN [regexp_extract(the_text, the_pattern || '()', 1)]
        ELSE [regexp_extract(the_text, the_pattern)] END END,
    (the_text, the_pattern, the_flags) AS CASE WHEN regexp_matches(the_text, '(?' || the_flags || ')' || the_pattern)
    THEN CASE WHEN regexp_matches(the_pattern, '\([^?]')
        THEN [regexp_extract(the_text, '(?' || the_flags || ')' || the_pattern || '()', 1)]
        ELSE [regexp_extract(the_text, '(?' || the_flags || ')' || the_pattern)] END END;
CREATE MACRO $names.regexp_split_to_table(the_text, the_pattern) AS unnest(regexp_split_to_array(the_text, the_pattern));
CREATE MACRO $names.regexp_split_to_table(the_text, the_pattern) AS TABLE
    SELECT unnest(regexp_split_to_array(the_text, the_pattern)) AS regexp_split_to_table;
CREATE MACRO $names.string_to_table(the_text, the_separator) AS unnest(string_split(the_text, the_separator));
CREATE MACRO $names.string_to_table(the_text, the_separator) AS TABLE
    SELECT unnest(string_split(the_text, the_separator)) AS string_to_table;
CREATE MACRO $names.regexp_count(the_text, the_pattern) AS len(regexp_extract_all(the_text, the_pattern))::INTEGER;
CREATE MACRO $names.regexp_substr(the_text, the_pattern) AS nullif(regexp_extract(the_text, the_pattern), '');
CREATE MACRO $names.regexp_like(the_text, the_pattern) AS regexp_matches(the_text, the_pattern),
    (the_text, the_pattern, the_flags) AS regexp_matches(the_text, '(?' || the_flags || ')' || the_pattern);
CREATE MACRO $names.regexp_instr(the_text, the_pattern) AS CASE WHEN regexp_matches(the_text, the_pattern)
    THEN strpos(the_text, regexp_extract(the_text, the_pattern))::INTEGER ELSE 0 END;
CREATE MACRO $names.similar_to_escape(the_pattern) AS '^(?:' || the_pattern || ')$$';
CREATE MACRO $names.hashtext(the_text) AS ((hash(the_text) % 4294967296)::BIGINT - 2147483648)::INTEGER;
CREATE MACRO $names.normalize(the_text) AS nfc_normalize(the_text);

-- The engine's now() is the transaction's; only the identifiers that hold a time know what time it is.
CREATE MACRO $names.clock_timestamp() AS uuid_extract_timestamp(uuidv7());
CREATE MACRO $names.statement_timestamp() AS now();
CREATE MACRO $names.timeofday() AS strftime(uuid_extract_timestamp(uuidv7()), '%a %b %d %H:%M:%S.%f %Y UTC');
CREATE MACRO $names.localtimestamp(the_precision) AS date_trunc('second', now()::TIMESTAMP);
CREATE MACRO $names.date_bin(the_stride, the_time, the_origin) AS time_bucket(the_stride::INTERVAL, the_time, the_origin);
CREATE MACRO $names.kb_time_of(i) AS to_microseconds(
    (date_part('hour', i) * 3600000000 + date_part('minute', i) * 60000000 + date_part('microseconds', i))::BIGINT);
CREATE MACRO $names.justify_days(i) AS
    to_months((date_part('year', i) * 12 + date_part('month', i) + date_part('day', i) // 30)::INTEGER)
    + to_days((date_part('day', i) % 30)::INTEGER) + $names.kb_time_of(i);
CREATE MACRO $names.justify_hours(i) AS
    to_months((date_part('year', i) * 12 + date_part('month', i))::INTEGER)
    + to_days((date_part('day', i) + date_part('hour', i) // 24)::INTEGER)
    + to_microseconds(((date_part('hour', i) % 24) * 3600000000 + date_part('minute', i) * 60000000
        + date_part('microseconds', i))::BIGINT);
CREATE MACRO $names.justify_interval(i) AS $names.justify_days($names.justify_hours(i));
CREATE MACRO $names.make_interval(years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0, secs := 0) AS
    to_years(years::INTEGER) + to_months(months::INTEGER) + to_days((weeks * 7 + days)::INTEGER)
    + to_hours(hours::BIGINT) + to_minutes(mins::BIGINT) + to_microseconds((secs * 1000000)::BIGINT);

CREATE MACRO $names.div(a, b) AS trunc(a / b);
CREATE MACRO $names.scale(n) AS len(split_part(n::VARCHAR, '.', 2))::INTEGER;
CREATE MACRO $names.min_scale(n) AS len(rtrim(split_part(n::VARCHAR, '.', 2), '0'))::INTEGER;
CREATE MACRO $names.trim_scale(n) AS n;
CREATE MACRO $names.width_bucket(v, low, high, buckets) AS CASE
    WHEN v < low THEN 0 WHEN v >= high THEN buckets + 1
    ELSE (floor((v - low) * buckets / (high - low)) + 1) END::INTEGER;
CREATE MACRO $names.pg_size_bytes(size) AS (
    regexp_extract(size, '-?[0-9.]+')::DOUBLE * CASE upper(regexp_extract(size, '[a-zA-Z]+'))
        WHEN 'KB' THEN 1024 WHEN 'MB' THEN 1048576 WHEN 'GB' THEN 1073741824 WHEN 'TB' THEN 1099511627776 ELSE 1 END
)::BIGINT;

CREATE MACRO $names.kb_json_kind(kind) AS CASE kind
    WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean'
    WHEN 'NULL' THEN 'null' WHEN NULL THEN NULL ELSE 'number' END;
CREATE MACRO $names.json_typeof(the_json) AS $names.kb_json_kind(json_type(the_json));
CREATE MACRO $names.jsonb_typeof(the_json) AS $names.kb_json_kind(json_type(the_json));
CREATE MACRO $names.jsonb_array_length(the_json) AS json_array_length(the_json)::INTEGER;
CREATE MACRO $names.jsonb_pretty(the_json) AS json_pretty(the_json);
CREATE MACRO $names.to_jsonb(the_value) AS to_json(the_value);
CREATE MACRO $names.json_extract_path_text(j, a) AS json_extract_string(j, '$$."' || a || '"'),
    (j, a, b) AS json_extract_string(j, '$$."' || a || '"."' || b || '"');
CREATE MACRO $names.jsonb_extract_path_text(j, a) AS json_extract_string(j, '$$."' || a || '"'),
    (j, a, b) AS json_extract_string(j, '$$."' || a || '"."' || b || '"');
CREATE MACRO $names.json_array_elements(the_json) AS unnest(from_json(the_json, '["JSON"]'));
CREATE MACRO $names.json_array_elements(the_json) AS TABLE SELECT unnest(from_json(the_json, '["JSON"]')) AS value;
CREATE MACRO $names.jsonb_array_elements(the_json) AS unnest(from_json(the_json, '["JSON"]'));
CREATE MACRO $names.jsonb_array_elements(the_json) AS TABLE SELECT unnest(from_json(the_json, '["JSON"]')) AS value;
CREATE MACRO $names.json_array_elements_text(the_json) AS unnest(from_json(the_json, '["VARCHAR"]'));
CREATE MACRO $names.json_array_elements_text(the_json) AS TABLE SELECT unnest(from_json(the_json, '["VARCHAR"]')) AS value;
CREATE MACRO $names.jsonb_array_elements_text(the_json) AS unnest(from_json(the_json, '["VARCHAR"]'));
CREATE MACRO $names.jsonb_array_elements_text(the_json) AS TABLE SELECT unnest(from_json(the_json, '["VARCHAR"]')) AS value;
CREATE MACRO $names.json_object_keys(the_json) AS unnest(json_keys(the_json));
CREATE MACRO $names.json_object_keys(the_json) AS TABLE SELECT unnest(json_keys(the_json)) AS json_object_keys;
CREATE MACRO $names.jsonb_object_keys(the_json) AS unnest(json_keys(the_json));
CREATE MACRO $names.jsonb_object_keys(the_json) AS TABLE SELECT unnest(json_keys(the_json)) AS jsonb_object_keys;
CREATE MACRO $names.json_each_text(the_json) AS TABLE
    SELECT unnest(json_keys(the_json)) AS key, unnest(from_json(json_extract(the_json, '$$.*'), '["VARCHAR"]')) AS value;
CREATE MACRO $names.jsonb_each_text(the_json) AS TABLE
    SELECT unnest(json_keys(the_json)) AS key, unnest(from_json(json_extract(the_json, '$$.*'), '["VARCHAR"]')) AS value;

-- Formats of dates and numbers. The pieces of a format are filled one by one, as it need not be a constant.
CREATE MACRO $names.kb_pieces(the_format) AS regexp_extract_all(the_format,
    '"[^"]*"|FM|HH24|HH12|HH|MI|SSSS|SS|MS|US|YYYY|YYY|YY|Y,YYY|IYYY|MONTH|Month|month|MON|Mon|mon|MM|DAY|Day|day|DY|Dy|dy|DDD|DD|ID|D|WW|IW|W|Q|J|AM|PM|am|pm|A\.M\.|P\.M\.|TZH|TZM|TZ|tz|OF|CC|BC|AD|(?s:.)');
CREATE MACRO $names.kb_filled(piece, the_time, is_tight) AS CASE piece
    WHEN 'YYYY' THEN format('{:04d}', year(the_time)) WHEN 'YYY' THEN right(year(the_time)::VARCHAR, 3)
    WHEN 'YY' THEN right(year(the_time)::VARCHAR, 2) WHEN 'Y,YYY' THEN format('{},{:03d}', year(the_time) // 1000, year(the_time) % 1000)
    WHEN 'IYYY' THEN isoyear(the_time)::VARCHAR
    WHEN 'MM' THEN CASE WHEN is_tight THEN month(the_time)::VARCHAR ELSE strftime(the_time, '%m') END
    WHEN 'MONTH' THEN CASE WHEN is_tight THEN upper(monthname(the_time)) ELSE rpad(upper(monthname(the_time)), 9, ' ') END
    WHEN 'Month' THEN CASE WHEN is_tight THEN monthname(the_time) ELSE rpad(monthname(the_time), 9, ' ') END
    WHEN 'month' THEN CASE WHEN is_tight THEN lower(monthname(the_time)) ELSE rpad(lower(monthname(the_time)), 9, ' ') END
    WHEN 'MON' THEN upper(strftime(the_time, '%b')) WHEN 'Mon' THEN strftime(the_time, '%b') WHEN 'mon' THEN lower(strftime(the_time, '%b'))
    WHEN 'DAY' THEN CASE WHEN is_tight THEN upper(dayname(the_time)) ELSE rpad(upper(dayname(the_time)), 9, ' ') END
    WHEN 'Day' THEN CASE WHEN is_tight THEN dayname(the_time) ELSE rpad(dayname(the_time), 9, ' ') END
    WHEN 'day' THEN CASE WHEN is_tight THEN lower(dayname(the_time)) ELSE rpad(lower(dayname(the_time)), 9, ' ') END
    WHEN 'DY' THEN upper(strftime(the_time, '%a')) WHEN 'Dy' THEN strftime(the_time, '%a') WHEN 'dy' THEN lower(strftime(the_time, '%a'))
    WHEN 'DDD' THEN CASE WHEN is_tight THEN dayofyear(the_time)::VARCHAR ELSE format('{:03d}', dayofyear(the_time)) END
    WHEN 'DD' THEN CASE WHEN is_tight THEN day(the_time)::VARCHAR ELSE strftime(the_time, '%d') END
    WHEN 'D' THEN (dayofweek(the_time) + 1)::VARCHAR WHEN 'ID' THEN isodow(the_time)::VARCHAR
    WHEN 'WW' THEN format('{:02d}', (dayofyear(the_time) - 1) // 7 + 1) WHEN 'IW' THEN format('{:02d}', week(the_time))
    WHEN 'W' THEN ((day(the_time) - 1) // 7 + 1)::VARCHAR WHEN 'Q' THEN quarter(the_time)::VARCHAR
    WHEN 'J' THEN floor(julian(the_time))::BIGINT::VARCHAR
    WHEN 'HH24' THEN CASE WHEN is_tight THEN hour(the_time)::VARCHAR ELSE strftime(the_time, '%H') END
    WHEN 'HH12' THEN strftime(the_time, '%I') WHEN 'HH' THEN strftime(the_time, '%I')
    WHEN 'MI' THEN strftime(the_time, '%M') WHEN 'SS' THEN strftime(the_time, '%S')
    WHEN 'SSSS' THEN (hour(the_time) * 3600 + minute(the_time) * 60 + second(the_time))::VARCHAR
    WHEN 'MS' THEN strftime(the_time, '%g') WHEN 'US' THEN strftime(the_time, '%f')
    WHEN 'AM' THEN strftime(the_time, '%p') WHEN 'PM' THEN strftime(the_time, '%p')
    WHEN 'am' THEN lower(strftime(the_time, '%p')) WHEN 'pm' THEN lower(strftime(the_time, '%p'))
    WHEN 'A.M.' THEN left(strftime(the_time, '%p'), 1) || '.M.' WHEN 'P.M.' THEN left(strftime(the_time, '%p'), 1) || '.M.'
    WHEN 'TZ' THEN '' WHEN 'tz' THEN '' WHEN 'OF' THEN '+00' WHEN 'CC' THEN ((year(the_time) - 1) // 100 + 1)::VARCHAR
    WHEN 'BC' THEN CASE WHEN year(the_time) > 0 THEN 'AD' ELSE 'BC' END WHEN 'AD' THEN CASE WHEN year(the_time) > 0 THEN 'AD' ELSE 'BC' END
    WHEN 'FM' THEN '' ELSE CASE WHEN piece[1] = '"' THEN piece[2:-2] ELSE piece END END;
CREATE MACRO $names.kb_time_to_char(the_time, pieces) AS array_to_string(list_transform(pieces,
    lambda piece, place: $names.kb_filled(piece, the_time, place > 1 AND pieces[place - 1] = 'FM')), '');
CREATE MACRO $names.kb_plain_time(value) AS regexp_replace(value, '( .*)[+-]\d\d(:?\d\d)*$$', '\1')::TIMESTAMP;

CREATE MACRO $names.kb_digits(part) AS len(regexp_replace(part, '[^09]', '', 'g'));
CREATE MACRO $names.kb_integer_text(digits, whole) AS lpad(
    CASE WHEN digits = '0' AND NOT contains(whole, '0') THEN '' ELSE digits END,
    greatest(len(CASE WHEN digits = '0' AND NOT contains(whole, '0') THEN '' ELSE digits END),
        $names.kb_digits(CASE WHEN contains(whole, '0') THEN whole[strpos(whole, '0'):] ELSE '' END))::INTEGER, '0');
CREATE MACRO $names.kb_grouped(digits, whole) AS CASE WHEN regexp_matches(whole, '[,G]')
    THEN reverse(regexp_replace(regexp_replace(reverse(digits), '(\d{3})', '\1,', 'g'), ',$$', '')) ELSE digits END;
CREATE MACRO $names.kb_rounded(value, places) AS
    (abs(value::DECIMAL(38, 10)) + (5 / power(10, places + 1))::DECIMAL(38, 10))::VARCHAR;
CREATE MACRO $names.kb_number_text(value, whole, fraction, is_tight) AS
    $names.kb_grouped($names.kb_integer_text(
        split_part($names.kb_rounded(value, $names.kb_digits(fraction)::INTEGER), '.', 1), whole), whole)
    || CASE WHEN $names.kb_digits(fraction) = 0 THEN '' ELSE '.' || CASE WHEN is_tight
        THEN left(split_part($names.kb_rounded(value, $names.kb_digits(fraction)::INTEGER), '.', 2), $names.kb_digits(fraction)::INTEGER)
            [:greatest($names.kb_digits(regexp_replace(fraction, '[^0]*$$', '')),
                len(rtrim(left(split_part($names.kb_rounded(value, $names.kb_digits(fraction)::INTEGER), '.', 2), $names.kb_digits(fraction)::INTEGER), '0')))]
        ELSE left(split_part($names.kb_rounded(value, $names.kb_digits(fraction)::INTEGER), '.', 2), $names.kb_digits(fraction)::INTEGER) END END;
CREATE MACRO $names.kb_signed(value, text, bare, is_tight) AS CASE
    WHEN starts_with(bare, 'S') THEN CASE WHEN value < 0 THEN '-' ELSE '+' END || text
    WHEN ends_with(bare, 'S') THEN text || CASE WHEN value < 0 THEN '-' ELSE '+' END
    WHEN ends_with(bare, 'MI') THEN text || CASE WHEN value < 0 THEN '-' WHEN is_tight THEN '' ELSE ' ' END
    WHEN ends_with(bare, 'PR') THEN CASE WHEN value < 0 THEN '<' || text || '>' WHEN is_tight THEN text ELSE ' ' || text || ' ' END
    ELSE CASE WHEN value < 0 THEN '-' WHEN is_tight THEN '' ELSE ' ' END || text END;
CREATE MACRO $names.kb_padded(text, bare, is_tight) AS CASE WHEN is_tight THEN text ELSE lpad(text,
    greatest(len(text), len(regexp_replace(bare, 'S|MI|PR', '', 'g')) + CASE WHEN contains(bare, 'PR') THEN 2 ELSE 1 END)::INTEGER, ' ') END;
CREATE MACRO $names.kb_number_to_char(value, bare, is_tight) AS CASE
    WHEN len(split_part($names.kb_rounded(value, $names.kb_digits(split_part(bare, '.', 2))::INTEGER), '.', 1))
        > greatest($names.kb_digits(split_part(bare, '.', 1)), 1)
    THEN CASE WHEN is_tight THEN '' ELSE ' ' END || regexp_replace(regexp_replace(bare, 'S|MI|PR', '', 'g'), '[09]', '#', 'g')
    ELSE $names.kb_padded($names.kb_signed(value,
        $names.kb_number_text(value, split_part(bare, '.', 1), split_part(bare, '.', 2), is_tight), bare, is_tight), bare, is_tight) END;
CREATE MACRO $names.to_char(value, the_format) AS CASE
    WHEN typeof(value) IN ('DATE') OR typeof(value) LIKE 'TIMESTAMP%'
    THEN $names.kb_time_to_char($names.kb_plain_time(CASE WHEN typeof(value) = 'DATE' OR typeof(value) LIKE 'TIMESTAMP%' THEN value::VARCHAR END), $names.kb_pieces(the_format))
    WHEN typeof(value) IN ('TIME', 'INTERVAL')
    THEN $names.kb_time_to_char(TIMESTAMP '2000-01-01' + CASE WHEN typeof(value) IN ('TIME', 'INTERVAL') THEN value::VARCHAR END::INTERVAL, $names.kb_pieces(the_format))
    ELSE $names.kb_number_to_char(try_cast(value::VARCHAR AS DECIMAL(38, 10)),
        replace(replace(replace(the_format, 'FM', ''), 'D', '.'), 'G', ','), contains(the_format, 'FM')) END;
CREATE MACRO $names.kb_piece_pattern(piece) AS CASE
    WHEN piece = 'YYYY' THEN '\d{4}' WHEN piece IN ('YY', 'CC') THEN '\d{2}' WHEN piece = 'DDD' THEN '\d{1,3}'
    WHEN piece IN ('MM', 'DD', 'HH24', 'HH12', 'HH', 'MI', 'SS') THEN '\d{1,2}'
    WHEN lower(piece) IN ('mon', 'month', 'dy', 'day') THEN '[A-Za-z]+'
    WHEN piece = 'MS' THEN '\d{1,3}' WHEN piece = 'US' THEN '\d{1,6}'
    WHEN lower(piece) IN ('am', 'pm', 'a.m.', 'p.m.') THEN '[AaPp]\.?[Mm]\.?' WHEN piece = 'FM' THEN ''
    WHEN piece[1] = '"' THEN '.{' || (len(piece) - 2) || '}' WHEN regexp_full_match(piece, '[A-Za-z0-9]') THEN '.'
    ELSE '[^A-Za-z0-9]*' END;
CREATE MACRO $names.kb_field(the_text, pieces, wanted) AS nullif(regexp_extract(the_text, '^\s*' || array_to_string(
    list_transform(pieces, lambda piece: CASE WHEN list_contains(wanted, piece)
        THEN '(' || $names.kb_piece_pattern(piece) || ')' ELSE $names.kb_piece_pattern(piece) END), '') || '()', 1), '');
CREATE MACRO $names.kb_month_of(the_text, pieces) AS coalesce($names.kb_field(the_text, pieces, ['MM'])::BIGINT, list_position(
    ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
    lower(left($names.kb_field(the_text, pieces, ['MON', 'Mon', 'mon', 'MONTH', 'Month', 'month']), 3))), 1);
CREATE MACRO $names.kb_year_of(the_text, pieces) AS coalesce($names.kb_field(the_text, pieces, ['YYYY'])::BIGINT,
    (SELECT CASE WHEN short < 70 THEN 2000 + short ELSE 1900 + short END
    FROM (SELECT $names.kb_field(the_text, pieces, ['YY'])::BIGINT AS short)), 1);
CREATE MACRO $names.kb_hour_of(the_text, pieces) AS coalesce($names.kb_field(the_text, pieces, ['HH24'])::BIGINT,
    $names.kb_field(the_text, pieces, ['HH12', 'HH'])::BIGINT % 12
    + CASE WHEN lower($names.kb_field(the_text, pieces, ['AM', 'PM', 'am', 'pm', 'A.M.', 'P.M.'])) LIKE 'p%' THEN 12 ELSE 0 END, 0);
CREATE MACRO $names.kb_second_of(the_text, pieces) AS coalesce($names.kb_field(the_text, pieces, ['SS'])::DOUBLE, 0)
    + coalesce(('0.' || $names.kb_field(the_text, pieces, ['MS', 'US']))::DOUBLE, 0);
CREATE MACRO $names.kb_read_time(the_text, pieces) AS CASE WHEN the_text IS NOT NULL THEN make_timestamp(
    $names.kb_year_of(the_text, pieces), $names.kb_month_of(the_text, pieces),
    coalesce($names.kb_field(the_text, pieces, ['DD'])::BIGINT, 1), $names.kb_hour_of(the_text, pieces),
    coalesce($names.kb_field(the_text, pieces, ['MI'])::BIGINT, 0), $names.kb_second_of(the_text, pieces)) END;
CREATE MACRO $names.to_date(the_text, the_format) AS $names.kb_read_time(the_text, $names.kb_pieces(the_format))::DATE;
CREATE MACRO $names.to_timestamp(the_epoch) AS system.main.to_timestamp(the_epoch),
    (the_text, the_format) AS $names.kb_read_time(the_text, $names.kb_pieces(the_format))::TIMESTAMPTZ;
CREATE MACRO $names.to_number(the_text, the_format) AS
    (CASE WHEN contains(the_text, '-') OR (contains(the_format, 'PR') AND contains(the_text, '<')) THEN -1 ELSE 1 END
        * regexp_replace(the_text, '[^0-9.]', '', 'g')::DECIMAL(38, 6));

-- Locks are always granted: a workspace has one user.
CREATE MACRO $names.pg_advisory_lock(a) AS NULL::VARCHAR, (a, b) AS NULL::VARCHAR;
CREATE MACRO $names.pg_advisory_xact_lock(a) AS NULL::VARCHAR, (a, b) AS NULL::VARCHAR;
CREATE MACRO $names.pg_advisory_lock_shared(a) AS NULL::VARCHAR, (a, b) AS NULL::VARCHAR;
CREATE MACRO $names.pg_try_advisory_lock(a) AS true, (a, b) AS true;
CREATE MACRO $names.pg_try_advisory_xact_lock(a) AS true, (a, b) AS true;
CREATE MACRO $names.pg_advisory_unlock(a) AS true, (a, b) AS true;
CREATE MACRO $names.uuid_generate_v4() AS gen_random_uuid();

"""The functions that a caller's expression may call: each computes a value from its arguments alone.

Left out on purpose: whatever reads files, the network, the catalog, settings, variables or sequences; whatever changes
state, sleeps, is random or raises at will; and whatever makes a huge value out of a small argument, as list_reduce may.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPERATORS = _names("+ - * / // % ^ ** & | << >> ~ @ !__postfix || && ->> ^@ @> <@ ~~ !~~ ~~* !~~* ~~~ <-> <=>")

_TEXT = _names("""
    ascii bar base64 bin bit_length char_length character_length chr concat concat_ws contains damerau_levenshtein
    decode editdist3 encode ends_with from_base64 from_binary from_hex hamming hex ilike_escape instr jaccard
    jaro_similarity jaro_winkler_similarity lcase left left_grapheme len length length_grapheme levenshtein like_escape
    lower lpad ltrim md5 md5_number md5_number_lower md5_number_upper mismatches nfc_normalize not_ilike_escape
    not_like_escape octet_length ord parse_dirname parse_dirpath parse_filename parse_path position prefix
    regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
    regexp_split_to_array replace reverse right right_grapheme rpad rtrim sha1 sha256 split split_part starts_with
    str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr
    substring substring_grapheme suffix to_base to_base64 to_binary to_hex translate trim ucase unbin unhex unicode
    upper url_decode url_encode
""")

_NUMBERS = _names("""
    abs acos acosh add asin asinh atan atan2 atanh bit_count bit_position cbrt ceil ceiling cos cosh cot degrees divide
    even exp factorial fdiv floor fmod gamma gcd get_bit greatest greatest_common_divisor isfinite isinf isnan lcm least
    least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians round round_even
    roundbankers set_bit sign signbit sin sinh sqrt subtract tan tanh trunc xor hash
""")

_TIMES = _names("""
    age century current_date date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day
    dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms epoch_ns epoch_us era
    get_current_timestamp hour isodow isoyear julian last_day make_date make_time make_timestamp make_timestamp_ms
    make_timestamp_ns make_timestamptz microsecond millennium millisecond minute month monthname nanosecond
    normalized_interval now quarter second strftime strptime time_bucket timezone timezone_hour timezone_minute
    to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds to_minutes to_months
    to_quarters to_seconds to_timestamp to_weeks to_years today transaction_timestamp try_strptime week weekday
    weekofyear year yearweek
""")

_NESTED = _names("""
    array_append array_apply array_cat array_concat array_contains array_cosine_distance array_cosine_similarity
    array_distance array_distinct array_extract array_filter array_has array_has_all array_has_any array_indexof
    array_inner_product array_intersect array_length array_position array_prepend array_reverse array_reverse_sort
    array_slice array_sort array_to_string array_transform array_unique array_value array_where array_zip cardinality
    element_at flatten list_any_value list_append list_apply list_avg list_bool_and list_bool_or list_cat list_concat
    list_contains list_cosine_distance list_cosine_similarity list_count list_distance list_distinct list_element
    list_extract list_filter list_first list_has list_has_all list_has_any list_indexof list_inner_product
    list_intersect list_last list_max list_median list_min list_mode list_pack list_position list_prepend list_product
    list_reverse list_reverse_sort list_select list_slice list_sort list_sum list_transform list_unique
    list_value list_where list_zip map map_concat map_contains map_contains_entry map_contains_value map_entries
    map_extract map_extract_value map_from_entries map_keys map_values row struct_concat struct_contains struct_extract
    struct_extract_at struct_has struct_insert struct_keys struct_pack struct_position struct_values union_extract
    union_tag union_value unpivot_list
""")

_JSON = _names("""
    array_to_json from_json from_json_strict json json_array json_array_length json_contains json_exists json_extract
    json_extract_path json_extract_path_text json_extract_string json_keys json_merge_patch json_object json_quote
    json_structure json_transform json_transform_strict json_type json_valid json_value row_to_json to_json
""")

_OTHER = _names("""
    can_cast_implicitly enum_code enum_first enum_last enum_range format_bytes ifnull nullif typeof
    uuid_extract_timestamp uuid_extract_version
""")

SCALAR_FUNCTIONS = _OPERATORS | _TEXT | _NUMBERS | _TIMES | _NESTED | _JSON | _OTHER

# Of use only inside a sub-query over the table itself.
AGGREGATE_FUNCTIONS = _names("""
    any_value arg_max arg_min avg bool_and bool_or count count_star first last max max_by median min min_by mode
    quantile_cont quantile_disc stddev stddev_pop stddev_samp sum var_pop var_samp variance
""")

# What DuckDB parses as a column name and binds as a function when there is no such column.
TIME_WORDS = _names("current_date current_time current_timestamp localtime localtimestamp")

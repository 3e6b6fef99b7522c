select i as id, {{ var('run', 1) }} as run from generate_series(1, 3 + {{ var('run', 1) }}) as s(i)
{% if is_incremental() %} where i > (select max(id) - 1 from {{ this }}) {% endif %}

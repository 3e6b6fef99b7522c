{% set run = 2 if is_incremental() else 1 %}
select i as id, {{ run }} as run from generate_series(1, 3 + {{ run }}) as s(i)
{% if is_incremental() %} where i > (select max(id) - 1 from {{ this }}) {% endif %}

select c.id, c.name, coalesce(c.country, 'none') as country, sum(o.amount) as total, {{ dbt.current_timestamp() }} as built_at
from {{ ref('customers') }} c left join {{ ref('cleaned_orders') }} o on o.customer_id = c.id
group by c.id, c.name, c.country

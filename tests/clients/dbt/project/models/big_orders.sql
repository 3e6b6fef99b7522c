select order_id, amount from {{ ref('cleaned_orders') }} where amount > 2

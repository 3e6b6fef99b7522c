{{ config(materialized='ephemeral') }}
select id as order_id, amount, id as customer_id from {{ source('sales', 'orders') }}

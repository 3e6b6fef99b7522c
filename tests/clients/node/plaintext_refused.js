// A server that wants TLS says so.
const { Client } = require('pg');
const { refused, run, withClient } = require('./session');

run(async () => {
  await refused('28000', 'requires TLS', new Client().connect());
  await withClient((client) => client.query('SELECT 1'), { ssl: { rejectUnauthorized: false } });
});

// TLS, plaintext, refusals and start-up options. CERTIFICATE names the server's certificate.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { Client } = require('pg');
const { refused, rows, run, withClient } = require('./session');

const ca = fs.readFileSync(process.env.CERTIFICATE).toString();
const selectOne = async (client) => assert.deepEqual(await rows(client, 'SELECT 1'), [[1]]);
const connecting = (options) => new Client(options).connect();

run(async () => {
  await withClient(selectOne);
  await withClient(selectOne, { ssl: { rejectUnauthorized: false } });
  await withClient(selectOne, { host: 'localhost', ssl: { ca } });
  await withClient(selectOne, { host: 'localhost', ssl: { ca }, sslnegotiation: 'direct' });
  await assert.rejects(connecting({ ssl: true }), /self-signed|unable to verify/i);
  await assert.rejects(connecting({ ssl: { ca, servername: 'elsewhere' } }), /altnames|does not match/i);
  await refused('28P01', 'password authentication failed', connecting({ password: 'wrong' }));
  await refused('28P01', 'password authentication failed', connecting({ user: 'nobody' }));
  await refused('3D000', 'does not exist', connecting({ database: 'elsewhere' }));
  await refused('42704', 'unrecognized configuration parameter', connecting({ options: '-c no_such=1' }));
  const options = {
    application_name: 'report',
    statement_timeout: 90000,
    lock_timeout: 5000,
    idle_in_transaction_session_timeout: 60000,
    options: '-c TimeZone=Asia/Kolkata -c search_path=in_c_sales,public',
  };
  await withClient(async (client) => {
    assert.deepEqual(await rows(client, 'SHOW application_name'), [['report']]);
    assert.deepEqual(await rows(client, 'SHOW statement_timeout'), [['90s']]);
    assert.deepEqual(await rows(client, 'SHOW TimeZone'), [['Asia/Kolkata']]);
    assert.deepEqual(await rows(client, 'SELECT count(*) FROM orders'), [['3']]);
  }, options);
});

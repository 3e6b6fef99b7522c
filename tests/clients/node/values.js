// Every type in text, and those in binary that node-postgres reads so; values there and back.
const assert = require('node:assert/strict');
const { rows, run, withClient } = require('./session');

const TYPES = `SELECT true, 12::TINYINT, 32000::SMALLINT, 7::INTEGER, 9000000000::BIGINT, 18446744073709551615::UBIGINT,
  170141183460469231731::HUGEINT, 12.50::DECIMAL(12,2), 1.5::FLOAT, 'NaN'::DOUBLE, 'žluť', DATE '2024-02-29'::VARCHAR,
  TIME '23:59:58.123456', NULL::INTEGER`;
const EXPECTED = [true, 12, 32000, 7, '9000000000', '18446744073709551615', '170141183460469231731', '12.50', 1.5, NaN,
  'žluť', '2024-02-29', '23:59:58.123456', null];

async function text(client) {
  assert.deepEqual(await rows(client, TYPES), [EXPECTED]);
  const [row] = await rows(client, `SELECT '\\x00\\xff'::BLOB, TIMESTAMPTZ '2024-02-29 12:00:00+02', INTERVAL '1 year 2 months 3 days 04:05:06.5',
    '00000000-0000-4000-8000-00000000abcd'::UUID, '{"a": [1, null]}'::JSON, [1, NULL, 3], ['a', '', 'b "c"'], {'x': 1}, MAP {'k': 2},
    [true, false], '0101'::BIT, [[1], [2]], 'infinity'::TIMESTAMP`);
  const [bytes, moment, interval, uuid, json, numbers, words, struct, map, flags, bits, nested, never] = row;
  assert.deepEqual(bytes, Buffer.from([0, 255]));
  assert.equal(moment.toISOString(), '2024-02-29T10:00:00.000Z');
  assert.deepEqual({ ...interval }, { years: 1, months: 2, days: 3, hours: 4, minutes: 5, seconds: 6, milliseconds: 500 });
  assert.equal(uuid, '00000000-0000-4000-8000-00000000abcd');
  assert.deepEqual(json, { a: [1, null] });
  assert.deepEqual([numbers, words, struct, map, flags, bits], [[1, null, 3], ['a', '', 'b "c"'], { x: 1 }, { k: 2 }, [true, false], '0101']);
  assert.deepEqual(nested, [[1], [2]]);
  assert.equal(never, Infinity);
}

async function binary(client) {
  const sql = `SELECT true, 32000::SMALLINT, 7::INTEGER, 9000000000::BIGINT, 1.5::FLOAT, 2.25::DOUBLE, 'žluť', 12.50::DECIMAL(12,2),
    TIMESTAMPTZ '2024-02-29 12:00:00+02', [1, NULL, 3], NULL::DOUBLE`;
  const { rows: [row] } = await client.query({ text: sql, rowMode: 'array', binary: true });
  assert.deepEqual(row.slice(0, 3), [true, 32000, 7]);
  assert.equal(String(row[3]), '9000000000');
  assert.deepEqual(row.slice(4, 7), [1.5, 2.25, 'žluť']);
  assert.equal(Number(row[7]), 12.5);
  assert.equal(row[8].toISOString(), '2024-02-29T10:00:00.000Z');
  assert.deepEqual(row.slice(9), [[1, null, 3], null]);
}

async function thereAndBack(client) {
  await client.query(`CREATE OR REPLACE TABLE node_values (n DECIMAL(18,4), tz TIMESTAMPTZ, ts TIMESTAMP, i INTERVAL, b BLOB,
    u UUID, j JSON, words VARCHAR[], f DOUBLE, big BIGINT, flag BOOLEAN)`);
  const moment = new Date('2024-02-29T10:00:00.123Z');
  const sent = ['-12345.6789', moment, '2024-02-29 10:00:00', '1 mon 2 days 03:04:05.25', Buffer.from([0, 1, 254]),
    '00000000-0000-4000-8000-00000000abcd', JSON.stringify({ 'ž': [1] }), ['a,b', '{}', ''], 0.1, '9007199254740993', false];
  const places = sent.map((_, i) => `$${i + 1}`).join(', ');
  await client.query(`INSERT INTO node_values VALUES (${places})`, sent);
  await client.query(`INSERT INTO node_values VALUES (${places})`, sent.map(() => null));
  const [back] = await rows(client, 'SELECT n, tz, ts::VARCHAR, i::VARCHAR, b, u, j, words, f, big, flag FROM node_values WHERE n < 0');
  assert.deepEqual(back, ['-12345.6789', moment, '2024-02-29 10:00:00', back[3], sent[4], sent[5], { 'ž': [1] }, sent[7], 0.1, sent[9], false]);
  assert.deepEqual(await rows(client, 'SELECT * FROM node_values WHERE n IS NULL'), [sent.map(() => null)]);
}

run(() => withClient(async (client) => {
  await text(client);
  await binary(client);
  await thereAndBack(client);
}));

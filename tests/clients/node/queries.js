// Simple and extended protocol, named statements, parameters whose types the server infers, big values, RETURNING.
const assert = require('node:assert/strict');
const { Pool } = require('pg');
const { refused, rows, run, withClient } = require('./session');

async function severalStatements(client) {
  const results = await client.query('SELECT 1 AS a; SELECT 2 AS b, 3 AS c;');
  assert.deepEqual(results.map((each) => each.rows), [[{ a: 1 }], [{ b: 2, c: 3 }]]);
  await refused('22P02', '', client.query("CREATE TABLE node_undone (i INTEGER); SELECT 'x'::INTEGER"));
  await refused('42P01', 'node_undone', client.query('SELECT * FROM node_undone'));
  assert.equal((await client.query('')).rows.length, 0);
}

async function parameters(client) {
  assert.deepEqual(await rows(client, 'SELECT $1 + 1', [41]), [[42]]);
  const text = "SELECT $1::INTEGER + 1 AS n, upper($2) AS word, $3::BOOLEAN AS flag, $4::JSON->>'a' AS a, $5::DATE = '2024-02-29' AS day";
  const values = [1, 'žluť', true, { a: 'x' }, '2024-02-29'];
  assert.deepEqual((await client.query(text, values)).rows, [{ n: 2, word: 'ŽLUŤ', flag: true, a: 'x', day: true }]);
  assert.deepEqual(await rows(client, 'SELECT $1::INTEGER[], 2 = ANY($1::INTEGER[]), $2::VARCHAR[]', [[1, null, 2], ['a "b"', '', 'NULL']]),
    [[[1, null, 2], true, ['a "b"', '', 'NULL']]]);
  await refused('08P01', 'requires', client.query('SELECT $1::INTEGER', [1, 2]));
  await refused('22P02', 'invalid input syntax', client.query('SELECT $1::INTEGER', ['x']));
}

async function namedStatements(client) {
  for (const n of [1, 2, 3]) {
    const result = await client.query({ name: 'plus', text: 'SELECT $1::INTEGER + 1 AS n', values: [n] });
    assert.deepEqual(result.rows, [{ n: n + 1 }]);
  }
}

async function returning(client) {
  await client.query('CREATE OR REPLACE TABLE node_rows (id INTEGER, name VARCHAR)');
  const inserted = await client.query('INSERT INTO node_rows VALUES ($1, $2), (2, NULL) RETURNING id, name', [1, 'one']);
  assert.deepEqual([inserted.command, inserted.rowCount, inserted.rows], ['INSERT', 2, [{ id: 1, name: 'one' }, { id: 2, name: null }]]);
  const updated = await client.query('UPDATE node_rows SET name = $1', ['x']);
  assert.deepEqual([updated.command, updated.rowCount], ['UPDATE', 2]);
}

async function bigValues(client) {
  const big = 'ž🐎'.repeat(200_000);
  assert.deepEqual(await rows(client, "SELECT $1::TEXT, '', NULL, $2::TEXT", [big, "'; DROP TABLE x; --"]),
    [[big, '', null, "'; DROP TABLE x; --"]]);
  const columns = Array.from({ length: 1600 }, (_, i) => `${i} AS c${i}`);
  const wide = (await client.query(`SELECT ${columns}`)).rows[0];
  assert.equal(wide.c1599, 1599);
}

async function pool() {
  const many = new Pool({ max: 3 });
  const sums = await Promise.all(Array.from({ length: 12 }, (_, i) => many.query('SELECT sum(range) AS s FROM range($1::INTEGER)', [i + 1])));
  assert.deepEqual(sums.map((each) => Number(each.rows[0].s)), Array.from({ length: 12 }, (_, i) => (i * (i + 1)) / 2));
  const client = await many.connect();
  await client.query("SET TimeZone = 'Asia/Tokyo'");
  await client.query('DISCARD ALL');
  assert.deepEqual(await rows(client, 'SHOW TimeZone'), [['UTC']]);
  client.release();
  await many.end();
}

run(async () => {
  await withClient(async (client) => {
    for (const part of [severalStatements, parameters, namedStatements, returning, bigValues]) {
      await part(client);
    }
  });
  await pool();
});

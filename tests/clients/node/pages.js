// Results in pages: pg-cursor and pg-query-stream by suspended portals, and cursors of SQL, two at once.
const assert = require('node:assert/strict');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');
const { refused, rows, run, withClient } = require('./session');

async function cursor(client) {
  const open = client.query(new Cursor("SELECT range AS i, 'row ' || range AS t FROM range(2500) WHERE range >= $1 ORDER BY 1", [100]));
  const lengths = [];
  let next = 100;
  for (let page = await open.read(1000); page.length; page = await open.read(1000)) {
    lengths.push(page.length);
    for (const row of page) {
      assert.deepEqual(row, { i: String(next), t: `row ${next}` });
      next += 1;
    }
  }
  assert.deepEqual(lengths, [1000, 1000, 400]);
  await open.close();
  const left = client.query(new Cursor('SELECT * FROM range(100000)'));
  assert.equal((await left.read(5)).length, 5);
  await left.close();
  assert.deepEqual(await rows(client, 'SELECT 1'), [[1]]);
}

async function stream(client) {
  let sum = 0;
  for await (const row of client.query(new QueryStream('SELECT range AS i FROM range(20000)', [], { batchSize: 3000 }))) {
    sum += Number(row.i);
  }
  assert.equal(sum, (20000 * 19999) / 2);
  const broken = client.query(new QueryStream("SELECT CASE WHEN range = 15000 THEN error('stop') ELSE range END FROM range(20000)"));
  await assert.rejects(async () => { for await (const row of broken) { assert.ok(row); } }, /stop/);
}

async function cursorsOfSql(client) {
  await client.query('BEGIN');
  await client.query('DECLARE node_a CURSOR FOR SELECT range FROM range(5000) ORDER BY 1');
  await client.query('DECLARE node_b SCROLL CURSOR WITH HOLD FOR SELECT range FROM range(5000) ORDER BY 1 DESC');
  let up = 0;
  for (let page = await rows(client, 'FETCH 700 FROM node_a'); page.length; page = await rows(client, 'FETCH 700 FROM node_a')) {
    const down = await rows(client, `FETCH ${page.length} FROM node_b`);
    page.forEach(([i], at) => assert.equal(Number(i) + Number(down[at][0]), 4999));
    up += page.length;
    assert.deepEqual(await rows(client, 'SELECT 1'), [[1]]);
  }
  assert.equal(up, 5000);
  await client.query('COMMIT');
  await refused('34000', 'does not exist', client.query('FETCH 1 FROM node_a'));
  assert.deepEqual(await rows(client, 'FETCH FIRST FROM node_b'), [['4999']]);
  await client.query('CLOSE node_b');
}

run(() => withClient(async (client) => {
  await cursor(client);
  await stream(client);
  await cursorsOfSql(client);
}));

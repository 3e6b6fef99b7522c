// Blocks, failed blocks, savepoints, SQLSTATEs, notices, cancel, time-outs, and project tables that nobody may write.
const assert = require('node:assert/strict');
const { Client } = require('pg');
const { refused, rows, run, withClient } = require('./session');

const ENDLESS = 'SELECT count(*) FROM range(100000000000) a, range(100000) b';

async function blocks(client) {
  await client.query('CREATE OR REPLACE TABLE node_block (i INTEGER NOT NULL CHECK (i < 100), UNIQUE (i))');
  await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
  await client.query('INSERT INTO node_block VALUES (1)');
  await refused('42P01', 'does not exist', client.query('SELECT * FROM node_missing'));
  await refused('25P02', 'current transaction is aborted', client.query('SELECT 1'));
  assert.equal((await client.query('COMMIT')).command, 'ROLLBACK');
  assert.deepEqual(await rows(client, 'SELECT count(*) FROM node_block'), [['0']]);
  await client.query('BEGIN');
  await client.query('INSERT INTO node_block VALUES (1)');
  await client.query('SAVEPOINT here');
  await refused('42703', '', client.query('SELECT nothing FROM node_block'));
  await client.query('ROLLBACK TO SAVEPOINT here');
  await client.query('RELEASE SAVEPOINT here');
  assert.equal((await client.query('COMMIT')).command, 'COMMIT');
}

async function states(client) {
  const cases = {
    'SELEC 1': '42601', 'SELECT * FROM node_missing': '42P01', 'SELECT nothing FROM node_block': '42703',
    'SELECT no_such_function(1)': '42883', "SELECT 'x'::INTEGER": '22P02', 'SELECT 300000::SMALLINT': '22003',
    'INSERT INTO node_block VALUES (1)': '23505', 'INSERT INTO node_block VALUES (NULL)': '23502',
    'INSERT INTO node_block VALUES (500)': '23514', 'CREATE TABLE node_block (i INTEGER)': '42P07', 'LISTEN x': '0A000',
  };
  for (const [sql, state] of Object.entries(cases)) {
    await refused(state, '', client.query(sql));
  }
  const error = await client.query('SELECT nothing\nFROM node_block').catch((found) => found);
  assert.deepEqual([error.severity, error.position], ['ERROR', '8']);
}

async function notices(client) {
  const seen = [];
  client.on('notice', (notice) => seen.push([notice.severity, notice.code]));
  await client.query('DROP TABLE IF EXISTS node_never_there');
  await client.query('COMMIT');
  assert.deepEqual(seen, [['NOTICE', '00000'], ['WARNING', '25P01']]);
}

async function projectTables(client) {
  assert.deepEqual(await rows(client, 'SELECT id, amount FROM in_c_sales.orders WHERE id = $1', [2]), [['2', 2.5]]);
  await refused('42501', 'permission denied', client.query('DELETE FROM in_c_sales.orders'));
  await refused('42501', 'permission denied', client.query('INSERT INTO in_c_sales.orders VALUES ($1, $2)', [1, 1]));
}

async function cancels(client) {
  await client.query('SET statement_timeout = 50');
  await refused('57014', 'statement timeout', client.query(ENDLESS));
  await client.query('RESET statement_timeout');
  const running = client.query(ENDLESS);
  const sendCancel = () => new Client().cancel(client, client._activeQuery);
  const asking = setInterval(sendCancel, 50);
  await refused('57014', 'user request', running).finally(() => clearInterval(asking));
  assert.deepEqual(await rows(client, 'SELECT 1'), [[1]]);
  await withClient(async (other) => {
    const stopped = refused('57014', 'user request', client.query(ENDLESS));
    const ask = async () => (await rows(other, `SELECT pg_cancel_backend(${client.processID})`))[0][0];
    const again = setInterval(ask, 50);
    await stopped.finally(() => clearInterval(again));
    assert.equal(await ask(), true);
  });
  assert.deepEqual(await rows(client, 'SELECT 2'), [[2]]);
}

run(() => withClient(async (client) => {
  for (const part of [blocks, states, notices, projectTables, cancels]) {
    await part(client);
  }
}));

// pg-copy-streams: text, csv and binary both ways, errors, and a copy that the client gives up.
const assert = require('node:assert/strict');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { from, to } = require('pg-copy-streams');
const { refused, rows, run, withClient } = require('./session');

const load = (client, sql, data) => pipeline(Readable.from([data].flat()), client.query(from(sql)));

async function unload(client, sql) {
  const chunks = [];
  for await (const chunk of client.query(to(sql))) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function thereAndBack(client) {
  await load(client, 'COPY node_copy FROM STDIN', ['1\tone\n2\t\\', 'N\n3\ta\\tb\n']);
  await load(client, 'COPY node_copy (id, name) FROM STDIN WITH (FORMAT csv, HEADER)', 'id,name\n4,"a, ""b"""\n5,\n');
  const ordered = '(SELECT * FROM node_copy ORDER BY id)';
  assert.equal(String(await unload(client, `COPY ${ordered} TO STDOUT`)), '1\tone\n2\t\\N\n3\ta\\tb\n4\ta, "b"\n5\t\\N\n');
  assert.equal(String(await unload(client, `COPY ${ordered} TO STDOUT CSV HEADER`)), 'id,name\n1,one\n2,\n3,a\tb\n4,"a, ""b"""\n5,\n');
  const bytes = await unload(client, 'COPY node_copy TO STDOUT (FORMAT binary)');
  await client.query('CREATE OR REPLACE TABLE node_copied (id INTEGER, name VARCHAR)');
  await load(client, 'COPY node_copied FROM STDIN (FORMAT binary)', bytes);
  assert.deepEqual(await rows(client, 'SELECT count(*) FROM (FROM node_copy INTERSECT FROM node_copied)'), [['5']]);
}

async function errors(client) {
  await refused('22P02', '', load(client, 'COPY node_copy FROM STDIN', 'x\tsix\n'));
  await refused('22P04', 'missing data', load(client, 'COPY node_copy FROM STDIN', '6\n'));
  await refused('42P01', '', load(client, 'COPY node_missing FROM STDIN', '6\n'));
  await refused('42P01', '', unload(client, 'COPY node_missing TO STDOUT'));
  const given = client.query(from('COPY node_copy FROM STDIN'));
  const answer = new Promise((resolve, reject) => { given.on('error', reject).on('finish', resolve); });
  given.write('8\teight\n');
  given.destroy(new Error('given up'));
  await refused('57014', 'given up', answer);
  assert.deepEqual(await rows(client, 'SELECT count(*) FROM node_copy'), [['5']]);
}

run(() => withClient(async (client) => {
  await client.query('CREATE OR REPLACE TABLE node_copy (id INTEGER, name VARCHAR)');
  await thereAndBack(client);
  await errors(client);
}));

// Clients of node-postgres, which takes PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE from the environment.
const assert = require('node:assert/strict');
const { Client } = require('pg');

/** Runs `work` with a connected client and ends it; the process fails where `work` throws. */
async function withClient(work, options = {}) {
  const client = new Client(options);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The promise must be refused with this SQLSTATE and a message that holds these words. */
async function refused(state, words, promise) {
  const error = await promise.then(() => null, (found) => found);
  assert.ok(error, `expected ${state} ${words}`);
  assert.equal(error.code, state, error.message);
  assert.ok(error.message.includes(words), `<${words}> in <${error.message}>`);
}

/** All rows as arrays. */
async function rows(client, text, values) {
  return (await client.query({ text, values, rowMode: 'array' })).rows;
}

function run(main) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

module.exports = { refused, rows, run, withClient };

// Loads a server with autocannon. Its options, {"url": ..., "method": ..., "headers": ..., "bodies": [...]}, come from
// the standard input. Cycles through the bodies across all connections, so that nearly every request changes something.
const autocannon = require('autocannon');

const { bodies, ...options } = JSON.parse(require('fs').readFileSync(0));
let turn = 0;
const setupRequest = (request) => ({ ...request, body: bodies[turn++ % bodies.length] });

autocannon({ ...options, requests: [{ setupRequest }] }).then((result) => console.log(JSON.stringify(result)));

// Loads a server with autocannon: node load.js '{"url": ..., "method": ..., "headers": ..., "bodies": [...]}'.
// Cycles through the bodies across all connections, so that nearly every request changes something.
const autocannon = require('autocannon');

const { bodies, ...options } = JSON.parse(process.argv[2]);
let turn = 0;
const setupRequest = (request) => ({ ...request, body: bodies[turn++ % bodies.length] });

autocannon({ ...options, requests: [{ setupRequest }] }).then((result) => console.log(JSON.stringify(result)));

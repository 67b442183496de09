// Answers requests with the function that a program exports, or promises: a JSON line in, a line that begins with \x1e and
// is JSON out, first of all one that says that the program is loaded. All other output is the log.
'use strict';
const net = require('net');
const readline = require('readline');

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

// Nothing that runs here may leave this machine.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connectLocally(...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  const host = options && typeof options === 'object' && !options.path ? options.host || 'localhost' : 'localhost';
  if (!LOOPBACK.test(host)) throw new Error(`connection: got ${host}, expected a loopback address`);
  return connect.apply(this, args);
};

function write(answer) {
  process.stdout.write(`\n\x1e${JSON.stringify(answer)}\n`);
}

function described(error) {
  return {
    name: (error && error.name) || 'Error',
    message: String((error && error.message) || error),
    stack: String(error && error.stack).split('\n'),
  };
}

async function main() {
  const answer = await require(process.argv[2]);
  write({});
  for await (const line of readline.createInterface({ input: process.stdin })) {
    try {
      const result = await answer(JSON.parse(line));
      write({ result: result === undefined ? null : result });
    } catch (error) {
      write({ error: described(error) });
    }
  }
}

// The input closes when the runtime ends; nothing that a program left open keeps this process alive.
main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});

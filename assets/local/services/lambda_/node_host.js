// Runs one function: a JSON line per invocation in, a line marked with \x1e and JSON out, all other output is the log.
'use strict';
const fs = require('fs');
const net = require('net');
const path = require('path');
const readline = require('readline');
const { pathToFileURL } = require('url');

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

// Nothing that runs here may leave this machine.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connectLocally(...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  const host = options && typeof options === 'object' && !options.path ? options.host || 'localhost' : 'localhost';
  if (!LOOPBACK.test(host)) throw new Error(`connection: got ${host}, expected a loopback address`);
  return connect.apply(this, args);
};

async function loadHandler() {
  const [file, name] = process.env._HANDLER.split(/\.(?=[^.]*$)/);
  const base = path.join(process.env.LAMBDA_TASK_ROOT, file);
  const esm = fs.existsSync(`${base}.mjs`);
  const module = esm ? await import(pathToFileURL(`${base}.mjs`)) : require(base);
  if (typeof module[name] !== 'function') throw new Error(`${process.env._HANDLER} is undefined or not exported`);
  return module[name];
}

function contextOf({ id, deadline }) {
  return {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: process.env.LOCAL_FUNCTION_ARN,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    callbackWaitsForEmptyEventLoop: true,
  };
}

function answer(value) {
  process.stdout.write(`\n\x1e${JSON.stringify(value)}\n`);
}

async function main() {
  const loading = loadHandler();
  loading.catch(() => {});
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
      const handler = await loading;
      const result = await new Promise((resolve, reject) => {
        const promise = handler(request.event, contextOf(request), (error, value) => (error ? reject(error) : resolve(value)));
        if (promise && promise.then) promise.then(resolve, reject);
      });
      answer({ result: result === undefined ? null : result });
    } catch (error) {
      console.error(error && error.stack);
      answer({
        error: {
          errorType: (error && error.name) || 'Error',
          errorMessage: String((error && error.message) || error),
          trace: String(error && error.stack).split('\n'),
        },
      });
    }
  }
}

// The input closes when the runtime ends; nothing that a handler left open keeps this process alive.
main().finally(() => process.exit());

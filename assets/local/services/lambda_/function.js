// Invokes the handler that the environment names, as Lambda's own runtime does.
'use strict';
const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

async function loadHandler() {
  const [file, name] = process.env._HANDLER.split(/\.(?=[^.]*$)/);
  const base = path.join(process.env.LAMBDA_TASK_ROOT, file);
  const module = fs.existsSync(`${base}.mjs`) ? await import(pathToFileURL(`${base}.mjs`)) : require(base);
  if (typeof module[name] !== 'function') throw new Error(`${process.env._HANDLER} is undefined or not exported`);
  return module[name];
}

function contextOf({ id, seconds }) {
  const deadline = Date.now() + seconds * 1000;
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

function invoke(handler, request) {
  return new Promise((resolve, reject) => {
    const promise = handler(request.event, contextOf(request), (error, value) => (error ? reject(error) : resolve(value)));
    if (promise && promise.then) promise.then(resolve, reject);
  });
}

function logged(error) {
  console.error(error && error.stack);
  throw error;
}

// A handler that cannot be loaded fails each invocation, not the process.
module.exports = loadHandler().then(
  (handler) => (request) => invoke(handler, request).catch(logged),
  (error) => () => logged(error),
);

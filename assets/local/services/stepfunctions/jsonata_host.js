// JSON lines in and out: an expression, in which every variable is already bound, to {value} or {error}.
'use strict';
const crypto = require('crypto');
const readline = require('readline');
const jsonata = require('jsonata');

// The functions that Step Functions adds to JSONata.
const functions = {
  partition: (array, size) => {
    const parts = [];
    for (let i = 0; i < array.length; i += size) parts.push(array.slice(i, i + size));
    return parts;
  },
  range: (first, last, step) => {
    const values = [];
    for (let i = first; step > 0 ? i <= last : i >= last; i += step) values.push(i);
    return values;
  },
  hash: (value, algorithm) => crypto
    .createHash(algorithm.replace('-', '').toLowerCase())
    .update(typeof value === 'string' ? value : JSON.stringify(value))
    .digest('hex'),
  uuid: () => crypto.randomUUID(),
  parse: (text) => JSON.parse(text),
};

async function evaluate(text) {
  const expression = jsonata(text);
  for (const [name, implementation] of Object.entries(functions)) {
    expression.registerFunction(name, implementation);
  }
  const value = await expression.evaluate(null);
  return value === undefined ? { error: 'The JSONata expression returned nothing (undefined).' } : { value };
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answer = await evaluate(JSON.parse(line)).catch((error) => ({ error: String(error.message || error) }));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

main().finally(() => process.exit());

// Evaluates a JSONata expression in which every variable is already bound.
'use strict';
const crypto = require('crypto');
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

module.exports = async (text) => {
  const expression = jsonata(text);
  for (const [name, implementation] of Object.entries(functions)) {
    expression.registerFunction(name, implementation);
  }
  const value = await expression.evaluate(null);
  if (value === undefined) throw new Error('The JSONata expression returned nothing (undefined).');
  return value;
};

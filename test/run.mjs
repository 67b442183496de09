// `npm test`: sets up what is missing, then runs every check of the project and prints how many passed and failed.
//   npm test                   everything but what takes long
//   npm test -- jest ruff      only the named checks
//   npm test -- nightly        what takes long: a hundred thousand cases for each aggregation and boundary, a million lines
//   npm test -- million        ... a million events in our engine and in DuckDB, Polars, pandas and Spark
//   npm test -- mutation       ... and whether a test fails for every small change of the feature engine
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as setup from '../assets/local/setup.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, '.local', 'test');
const PYTHON = setup.venvPython();
const JEST = [tool('jest'), '--ci', '--maxWorkers=2', '--json', `--outputFile=${join(OUT, 'jest.json')}`];
const PYTEST = [PYTHON, '-m', 'pytest', '-q', '-p', 'no:cacheprovider'];
const AT_ONCE = 2;
/** The tests of the feature engine that need no Spark. */
const ENGINE = ['arrays', 'bronze', 'evaluation', 'label_files', 'spec', 'test_identifiers.py', 'test_instants.py', 'test_rooms.py']
  .map((name) => `test/spark/${name}`);
const PYTHON_SOURCES = ['assets/spark', 'assets/local', 'examples/card-features', 'test'];

/** Every check, the longest first: two at a time are taken from here until none is left. */
const CHECKS = [
  pytest('end to end', 'test/e2e'),
  pytest('spark runs', 'test/spark/runs'),
  pytest('spark layers', 'test/spark/properties', 'test/spark/layers', 'test/spark/lake', 'test/spark/engines'),
  check('docs', ['node', 'test/docs/check.mjs']),
  pytest('engine', ...ENGINE, 'test/mutation'),
  check('packages', ['node', 'test/packages/consumers.mjs']),
  check('jest', JEST, { env: { CDK_VALIDATION: 'false' }, count: jestCounts }),
  pytest('local', 'test/local'),
  check('eslint', [tool('eslint'), '--ext', '.ts', '--no-error-on-unmatched-pattern', 'src', 'test', 'examples', 'assets/publisher', '.projenrc.ts'], {
    env: { ESLINT_USE_FLAT_CONFIG: 'false' },
  }),
  check('mypy spark', [PYTHON, '-m', 'mypy', 'assets/spark', 'test/spark']),
  check('typescript', [tool('tsc'), '--noEmit', '-p', 'tsconfig.dev.json']),
  check('mypy examples', [PYTHON, '-m', 'mypy', '--config-file', '../../pyproject.toml', 'demo', 'events', 'produce.py'], {
    cwd: 'examples/card-features',
  }),
  pytest('examples', 'test/examples'),
  check('mypy local', [PYTHON, '-m', 'mypy', 'assets/local', 'test/local']),
  check('ruff', [PYTHON, '-m', 'ruff', 'check', ...PYTHON_SOURCES]),
  check('ruff format', [PYTHON, '-m', 'ruff', 'format', '--check', ...PYTHON_SOURCES]),
];

/** What takes too long for every run, and is run by its name only. */
const ON_REQUEST = [
  pytest('nightly', 'test/spark', '-m', 'nightly'),
  { ...pytest('million', 'test/spark/engines'), env: { MEDALLION_ENGINE_EVENTS: '1000000' } },
  check('mutation', [PYTHON, 'test/mutation/run.py']),
];

/** One command that passes when it ends with 0; `count` reads finer counts from its report. */
function check(name, command, { env = {}, cwd = '.', count } = {}) {
  return { name, command, env, cwd: join(ROOT, cwd), count };
}

/** A command of an installed package. */
function tool(name) {
  return join(ROOT, 'node_modules', '.bin', name);
}

function pytest(name, ...paths) {
  const report = join(OUT, `${name.replaceAll(' ', '-')}.xml`);
  return check(name, [...PYTEST, `--junitxml=${report}`, ...paths], { count: () => junitCounts(report) });
}

function jestCounts() {
  const report = JSON.parse(readFileSync(join(OUT, 'jest.json'), 'utf8'));
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
}

function junitCounts(file) {
  const suite = readFileSync(file, 'utf8').match(/<testsuite [^>]*>/)[0];
  const number = (name) => Number(suite.match(new RegExp(` ${name}="(\\d+)"`))[1]);
  const failed = number('failures') + number('errors');
  return { passed: number('tests') - failed - number('skipped'), failed };
}

async function run({ name, command, env, cwd, count }) {
  const started = Date.now();
  const log = join(OUT, `${name.replaceAll(' ', '-')}.log`);
  const [program, ...args] = command;
  const code = await new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...setup.environment(), ...env } });
    const file = createWriteStream(log);
    for (const stream of [child.stdout, child.stderr]) {
      stream.pipe(file, { end: false });
      createInterface({ input: stream }).on('line', (line) => console.log(`[${name}] ${line}`));
    }
    child.on('error', (error) => resolve(`${program}: ${error.message}`));
    child.on('close', resolve);
  });
  const result = counts(code, count);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${result.failed ? 'FAILED' : 'ok'}  ${name}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`);
  return { name, log, ...result };
}

/** A command that failed without a failed test in its report still counts as one failure. */
function counts(code, count) {
  try {
    const result = count ? count() : { passed: code === 0 ? 1 : 0, failed: 0 };
    return code === 0 || result.failed ? result : { ...result, failed: 1 };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function main(wanted) {
  await setup.ensureAll();
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const isWanted = ({ name }) => wanted.some((word) => name.startsWith(word));
  const queue = wanted.length ? [...CHECKS, ...ON_REQUEST].filter(isWanted) : [...CHECKS];
  const results = [];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results.push(await run(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const { name, log } of results.filter((result) => result.failed)) {
    console.log(`\n--- ${name}: last lines of its log\n${readFileSync(log, 'utf8').split('\n').slice(-40).join('\n')}`);
  }
  const passed = results.reduce((total, result) => total + result.passed, 0);
  const failed = results.reduce((total, result) => total + result.failed, 0);
  const summary = `${passed} passed, ${failed} failed`;
  writeFileSync(join(OUT, 'summary.txt'), `${summary}\n`);
  console.log(`\n${summary}`);
  process.exitCode = failed || !passed ? 1 : 0;
}

await main(process.argv.slice(2));

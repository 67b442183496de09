// `npm test`: sets up what is missing, then runs every check of the project and prints how many passed and failed.
//   npm test                   everything but what takes long
//   npm test -- jest ruff      only the named checks
//   npm test -- nightly        what takes long: a hundred thousand cases for each aggregation and boundary
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
const PYTHON_SOURCES = ['assets/spark', 'assets/local', 'examples/card-features', 'test'];

/** Each lane runs its checks one after the other; the lanes run side by side. */
const LANES = [
  [
    check('eslint', [tool('eslint'), '--ext', '.ts', '--no-error-on-unmatched-pattern', 'src', 'test', 'examples', 'assets/publisher', '.projenrc.ts'], {
      env: { ESLINT_USE_FLAT_CONFIG: 'false' },
    }),
    check('typescript', [tool('tsc'), '--noEmit', '-p', 'tsconfig.dev.json']),
    check('jest', JEST, { env: { CDK_VALIDATION: 'false' }, count: jestCounts }),
    check('docs', ['node', 'test/docs/check.mjs']),
    check('packages', ['node', 'test/packages/consumers.mjs']),
    pytest('local', 'test/local'),
    pytest('examples', 'test/examples'),
    pytest('end to end', 'test/e2e'),
  ],
  [
    check('ruff', [PYTHON, '-m', 'ruff', 'check', ...PYTHON_SOURCES]),
    check('ruff format', [PYTHON, '-m', 'ruff', 'format', '--check', ...PYTHON_SOURCES]),
    check('mypy spark', [PYTHON, '-m', 'mypy', 'assets/spark', 'test/spark']),
    check('mypy local', [PYTHON, '-m', 'mypy', 'assets/local', 'test/local']),
    check('mypy examples', [PYTHON, '-m', 'mypy', '--config-file', '../../pyproject.toml', 'demo', 'events', 'produce.py'], {
      cwd: 'examples/card-features',
    }),
    pytest('spark', 'test/spark', 'test/mutation'),
  ],
];

/** What takes too long for every run, and is run by its name only. */
const ON_REQUEST = [
  pytest('nightly', 'test/spark', '-m', 'nightly'),
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

function pytest(name, path, ...options) {
  const report = join(OUT, `${name.replaceAll(' ', '-')}.xml`);
  return check(name, [...PYTEST, `--junitxml=${report}`, ...options, path], { count: () => junitCounts(report) });
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
  const selected = wanted.length ? [...LANES, ON_REQUEST].map((lane) => lane.filter(isWanted)) : LANES;
  const results = (await Promise.all(selected.map(async (lane) => {
    const done = [];
    for (const each of lane) done.push(await run(each));
    return done;
  }))).flat();
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

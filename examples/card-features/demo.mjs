// `npm run demo`: synthesises this example, deploys the template to the local runtime, plays one evening of card payments
// through it, and checks every figure. Needs Node and Python; sets up the rest. Writes .local/demo/report.html.
//   npm run demo -- --scale 0.2      a smaller evening
//   npm run demo -- --spark submit   one Spark process for each job
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as setup from '../../assets/local/setup.mjs';

const EXAMPLE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(EXAMPLE, '..', '..');
const OUT = join(ROOT, '.local', 'demo');
const ASSEMBLY = join(OUT, 'cdk.out');
const phases = [];
let running;

/** Runs one step, and keeps how long it took for the table at the end. */
async function phase(name, step) {
  console.log(`\u25b8 ${name}`);
  const started = process.hrtime.bigint();
  await step();
  phases.push(`${name}=${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(2)}`);
}

/** Runs a program to its end, and returns its exit code; signals to this process go to it first. */
function run(program, args, options) {
  return new Promise((resolve, reject) => {
    running = spawn(program, args, { stdio: 'inherit', ...options });
    running.on('error', (error) => reject(new Error(`${program}: ${error.message}`)));
    running.on('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

async function synth() {
  rmSync(ASSEMBLY, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const cdk = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'cdk.cmd' : 'cdk');
  const env = { ...process.env, ...setup.environment(), CDK_DISABLE_CLI_TELEMETRY: '1' };
  const code = await run(cdk, ['synth', '--quiet', '--no-notices', '--output', ASSEMBLY], { cwd: EXAMPLE, env });
  if (code) throw new Error(`cdk synth: got exit code ${code}, expected 0; see its messages above`);
}

async function play(args) {
  const env = { ...process.env, ...setup.environment(), PYTHONUNBUFFERED: '1' };
  const known = phases.flatMap((each) => ['--phase', each]);
  return run(setup.venvPython(), ['-m', 'demo', '--assembly', ASSEMBLY, '--out', OUT, ...known, ...args], { cwd: EXAMPLE, env });
}

async function main(args) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => running?.kill('SIGTERM'));
  await phase('Setting up Node, Python, Java, jars and bundles', () => setup.ensureAll());
  await phase('Synthesising the example with cdk synth', synth);
  process.exitCode = await play(args);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`\u2718 ${error.message}`);
  process.exitCode = 2;
});

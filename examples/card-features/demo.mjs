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
const running = new Set();

/** Starts a program whose output goes where this one's goes; `ended` is its exit code. Signals to this process go to it first. */
function start(program, args, options) {
  const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'], ...options });
  running.add(child);
  const ended = new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`${program}: ${error.message}`)));
    child.on('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  }).finally(() => running.delete(child));
  return { stdin: child.stdin, ended };
}

async function synth() {
  rmSync(ASSEMBLY, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const cdk = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'cdk.cmd' : 'cdk');
  // Validation takes longer than all the rest; it adds a report, and leaves the template as it is.
  const env = { ...process.env, ...setup.environment(), CDK_DISABLE_CLI_TELEMETRY: '1', CDK_VALIDATION: 'false' };
  const code = await start(cdk, ['synth', '--quiet', '--no-notices', '--output', ASSEMBLY], { cwd: EXAMPLE, env }).ended;
  if (code) throw new Error(`cdk synth: got exit code ${code}, expected 0; see its messages above`);
}

/** Plays the evening; the local runtime starts at once, and the stack follows when `synthesised` is done. */
async function play(synthesised, args) {
  const env = { ...process.env, ...setup.environment(), PYTHONUNBUFFERED: '1' };
  const demo = start(setup.venvPython(), ['-m', 'demo', '--assembly', '-', '--out', OUT, ...args], { cwd: EXAMPLE, env });
  demo.stdin.on('error', () => {}); // it may have ended already: its exit code says why
  synthesised.then(() => demo.stdin.end(`${ASSEMBLY}\n`), () => demo.stdin.end());
  return demo.ended;
}

async function main(args) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => running.forEach((child) => child.kill('SIGTERM')));
  console.log('\u25b8 Setting up Node, Python, Java, jars and bundles');
  const began = performance.now();
  await setup.ensureAll();
  const seconds = ((performance.now() - began) / 1000).toFixed(2);
  console.log('\u25b8 Synthesising the example with cdk synth, while the local runtime starts');
  const synthesised = synth();
  const [stack, evening] = await Promise.allSettled([synthesised, play(synthesised, ['--phase', `Setting up=${seconds}`, ...args])]);
  for (const { reason } of [stack, evening]) if (reason) throw reason;
  process.exitCode = evening.value;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`\u2718 ${error.message}`);
  process.exitCode = 2;
});

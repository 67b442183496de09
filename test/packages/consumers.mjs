// Builds the packages, uses each as a consumer does, and compares the templates: node test/packages/consumers.mjs
// Needs lib/, .jsii and the bundled publisher (npx projen compile), and Python 3.10 or newer. Works in .local/packages.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const WORK = join(ROOT, '.local', 'packages');
const WINDOWS = process.platform === 'win32';
const VENV = join(WORK, 'venv');
const PYTHON = join(VENV, WINDOWS ? 'Scripts/python.exe' : 'bin/python');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NAME = MANIFEST.name;
const TYPES = [
  'MedallionFeaturePlatform', 'MedallionFeaturePlatformProps', 'PlatformGrants', 'EventSchema', 'EventTime', 'Column', 'FeatureGroupSpec', 'Feature',
  'FeatureSpec', 'Slot', 'WindowBoundary', 'LabelSource', 'DataLake', 'FeatureCatalog', 'StreamIngest', 'SparkRuntime', 'SparkCode', 'SparkJob',
  'FeatureGroup', 'OnlinePublisher', 'OnlineAuditor', 'FeaturePipeline', 'StartSparkJob', 'PlatformMonitoring',
];
const SHIPPED = [
  'lib/index.js', 'lib/index.d.ts', '.jsii', 'assets/contract/feature-spec.schema.json', 'assets/publisher/bundle/index.js',
  'assets/spark/jobs/silver_and_gold.py', 'assets/spark/jobs/build_datasets.py', 'assets/spark/medallion/spec/declaration.py',
];
const NEVER_SHIPPED = /(^|\/)(test|examples|node_modules|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis)\/|\.(pyc|tsbuildinfo|map)$/;

/** Runs one step, says how long it took and what came of it, and returns that. */
function step(name, work, describe = () => '') {
  process.stdout.write(`▸ ${name} `);
  const started = process.hrtime.bigint();
  const result = work();
  console.log(`(${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s) ${describe(result)}`);
  return result;
}

/** Runs a program to its end and returns what it printed; fails with its messages. */
function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26, shell: WINDOWS, ...options });
  if (error) throw new Error(`${program}: ${error.message}`);
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')}: got exit code ${status}, expected 0\n${stdout}\n${stderr}`);
  return stdout;
}

function expectNone(what, found) {
  if (found.length > 0) throw new Error(`${what}: got ${found.join(', ')}, expected none`);
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'));
}

function onlyFile(folder, extension) {
  const found = readdirSync(folder).filter((name) => name.endsWith(extension));
  if (found.length !== 1) throw new Error(`${folder}: got ${found.length} files that end with ${extension}, expected 1; remove the folder`);
  return join(folder, found[0]);
}

function pacmak(outdir, languages, ...options) {
  rmSync(outdir, { recursive: true, force: true });
  const targets = languages.flatMap((language) => ['--target', language]);
  run(join(ROOT, 'node_modules', '.bin', 'jsii-pacmak'), [...targets, '--outdir', outdir, ...options]);
}

/** Checks what the npm tarball holds; returns the number of its files. */
function checkTarball(tarball) {
  const files = run('tar', ['-tzf', tarball]).split('\n').filter((line) => line !== '' && !line.endsWith('/')).map((line) => line.replace('package/', ''));
  expectNone('files that must ship and do not', SHIPPED.filter((file) => !files.includes(file)));
  expectNone('files that must not ship', files.filter((file) => NEVER_SHIPPED.test(file)));
  const onDisk = filesBelow(join(ROOT, 'assets', 'spark')).filter((file) => file.endsWith('.py')).map((file) => `assets/spark/${file}`);
  expectNone('Spark files that do not ship', onDisk.filter((file) => !files.includes(file)));
  return files.length;
}

/** Installs the tarball as a user would, its peers taken from this checkout instead of a registry; returns the app's folder. */
function jsConsumer(tarball) {
  const folder = join(WORK, 'js');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('npm', ['install', '--prefix', folder, '--prefer-offline', '--legacy-peer-deps', '--no-audit', '--no-fund', '--no-save', tarball], { cwd: folder });
  for (const peer of Object.keys(MANIFEST.peerDependencies)) {
    symlinkSync(join(ROOT, 'node_modules', peer), join(folder, 'node_modules', peer), 'junction');
  }
  copyFileSync(join(HERE, 'consumer', 'app.js'), join(folder, 'app.js')); // a module is looked up from where the app lies
  return folder;
}

/** Runs pip in a virtual environment that is kept between runs, so that a second run finds everything there. */
function pip(...args) {
  if (!existsSync(PYTHON)) run(WINDOWS ? 'python' : 'python3', ['-m', 'venv', VENV]);
  run(PYTHON, ['-m', 'pip', '--quiet', '--disable-pip-version-check', ...args]);
}

/** Builds the wheel from the generated project, with the build tools that this asks for; returns the wheel. */
function buildWheel(project, outdir) {
  const [, requires] = readFileSync(join(project, 'pyproject.toml'), 'utf8').match(/^requires = (\[.*\])$/m);
  pip('install', ...JSON.parse(requires), 'wheel');
  pip('wheel', '--no-build-isolation', '--no-deps', '--wheel-dir', outdir, project);
  return onlyFile(outdir, '.whl');
}

/** Installs the wheel as a user would. */
function pythonConsumer(wheel) {
  // what is never imported, most of the packages, is not worth compiling
  pip('install', '--no-compile', `aws-cdk-lib==${MANIFEST.devDependencies['aws-cdk-lib']}`, `constructs==${MANIFEST.devDependencies.constructs}`);
  pip('install', '--no-compile', wheel);
  pip('install', '--no-compile', '--force-reinstall', '--no-deps', wheel);
}

/** Runs an app and returns its template and asset manifest as text. */
function synth(language, program, app) {
  const outdir = join(WORK, `cdk.out.${language}`);
  rmSync(outdir, { recursive: true, force: true });
  run(program, [app], { env: { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' } });
  return ['Consumer.template.json', 'Consumer.assets.json'].map((file) => readFileSync(join(outdir, file), 'utf8'));
}

function size([template]) {
  return `${template.length} characters`;
}

function compare(expected, actual) {
  ['template', 'asset manifest'].forEach((what, index) => {
    if (expected[index] === actual[index]) return;
    const [left, right] = [expected[index].split('\n'), actual[index].split('\n')];
    const line = left.findIndex((text, number) => text !== right[number]);
    throw new Error(`${what}: differs at line ${line + 1}: got ${right[line]?.trim()} from Python, expected ${left[line]?.trim()} as from JavaScript`);
  });
}

/** Checks that generated code has a file for every type of the public API. */
function checkTypes(folder, extension) {
  const files = new Set(filesBelow(folder).map((file) => file.split('/').pop()));
  expectNone(`types without a ${extension} file`, TYPES.filter((type) => !files.has(`${type}${extension}`)));
}

function main() {
  const missing = ['lib/index.js', '.jsii', 'assets/publisher/bundle/index.js'].filter((file) => !existsSync(join(ROOT, file)));
  if (missing.length > 0) throw new Error(`build: got no ${missing.join(', ')}, expected all; run 'npx projen compile'`);
  const packages = join(WORK, 'dist');
  const code = join(WORK, 'code');

  step('building the npm package', () => pacmak(packages, ['js']));
  const tarball = onlyFile(join(packages, 'js'), '.tgz');
  step('checking what ships', () => checkTarball(tarball), (count) => `${count} files`);
  const folder = step('installing the npm package', () => jsConsumer(tarball));
  const expected = step('synthesising from JavaScript', () => synth('js', process.execPath, join(folder, 'app.js')), size);
  step('generating Python, Java and Go', () => pacmak(code, ['python', 'java', 'go'], '--code-only'));
  const wheel = step('building the wheel', () => buildWheel(join(code, 'python'), join(packages, 'python')));
  step('installing the wheel', () => pythonConsumer(wheel));
  const actual = step('synthesising from Python', () => synth('python', PYTHON, join(HERE, 'consumer', 'app.py')), size);
  step('comparing template and assets', () => compare(expected, actual), () => 'the same bytes');
  step('looking for every type in Java', () => checkTypes(join(code, 'java'), '.java'));
  step('looking for every type in Go', () => checkTypes(join(code, 'go'), '.go'));
}

try {
  main();
} catch (error) {
  console.log();
  console.error(`✘ ${error.message}`);
  process.exitCode = 1;
}

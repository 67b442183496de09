// What the documents say, held against the project: README's examples compile, API.md is what the library's doc comments
// give, and every file that a document links to exists. Needs the compiled library.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApi } from './api.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = join(ROOT, '.local', 'docs');
const LINK = /\]\((?!https?:|#)([^)#\s]+)/g;
const SOURCE = /`((?:src|assets|examples|test|docs)\/[\w/.-]+\.\w+)`/g;

function run(name, ...args) {
  execFileSync(join(ROOT, 'node_modules', '.bin', name), args, { cwd: ROOT, stdio: 'inherit' });
}

function documents(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true }).map(String).filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
}

function missing(document) {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const linked = [...text.matchAll(LINK)].map(([, path]) => join(dirname(document), path));
  const named = [...text.matchAll(SOURCE)].map(([, path]) => path);
  return [...linked, ...named].filter((path) => !existsSync(join(ROOT, path))).map((path) => `${document}: got '${path}', expected a file; mend the path`);
}

mkdirSync(OUT, { recursive: true });
run('jsii-rosetta', 'extract', '--strict', '--output', join(OUT, 'snippets.tabl.json'));
writeApi(join(OUT, 'API.md'));

const problems = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...documents('docs'), ...documents('examples')].flatMap(missing);
if (readFileSync(join(OUT, 'API.md'), 'utf8') !== readFileSync(join(ROOT, 'API.md'), 'utf8')) {
  problems.push('API.md: got another text than the doc comments give, expected the same; run npx projen docgen');
}
problems.forEach((problem) => console.error(problem));
console.log(problems.length ? `${problems.length} problems` : 'the documents are true to the project');
process.exitCode = problems.length ? 1 : 0;

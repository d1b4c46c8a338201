// Makes a checkout ready: installs when the lockfile changed, builds the console when its sources did, and with --tests sees to
// what the tests need beyond npm. Plain JavaScript without dependencies, for whatever Node (20 or newer) calls it.
// Everything that it says goes to standard error: standard output belongs to the command that follows.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const pinnedNode = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

try {
  requireNode(20, process.versions.node, 'run the set-up');
  install();
  buildConsole();
  if (process.argv.includes('--tests')) installTestNeeds();
} catch (error) {
  process.stderr.write(`sallyport set-up: ${error.message}\n`);
  process.exit(1);
}

function install() {
  const stamp = join(root, 'node_modules', '.sallyport-install');
  const wanted = digest([join(root, 'package-lock.json')], `${process.platform}-${process.arch}`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing the packages of the lockfile');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args]);
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
  if (!existsSync(pinnedNode)) requireNode(24, process.versions.node, 'run Sallyport on this platform, for which npm carries no Node 24');
  writeFileSync(stamp, wanted);
}

function buildConsole() {
  const web = join(root, 'web');
  const stamp = join(web, 'dist', '.sources');
  const wanted = digest([...filesBelow(web, ['node_modules', 'dist', '.cache', 'dev']), join(root, 'docs', 'openapi.json'), join(root, 'package-lock.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building the console');
  run(nodeToUse(), [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'], { cwd: web });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function installTestNeeds() {
  const missing = [
    ...(findChromium() ? [] : ['chromium']),
    ...(findPostgres() ? [] : ['postgresql']),
    ...(existsSync('/usr/bin/redis-server') ? [] : ['redis-server']),
  ];
  if (missing.length === 0) return;
  const onDebian = existsSync('/usr/bin/apt-get');
  if (!onDebian || process.getuid?.() !== 0) {
    throw new Error(`the tests need ${missing.join(' and ')}. On Debian or Ubuntu: sudo apt-get install ${missing.join(' ')}`);
  }
  say(`installing ${missing.join(' and ')} for the tests`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
}

function findChromium() {
  return [process.env.SALLYPORT_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
}

function findPostgres() {
  const versions = '/usr/lib/postgresql';
  return existsSync(versions) && readdirSync(versions).some((version) => existsSync(join(versions, version, 'bin', 'initdb')));
}

function nodeToUse() {
  return existsSync(pinnedNode) ? pinnedNode : process.execPath;
}

function requireNode(least, version, what) {
  if (Number(version.split('.')[0]) < least) throw new Error(`Node ${least} or newer is needed to ${what}; this is Node ${version}.`);
}

function filesBelow(folder, skip) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skip.includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path, skip) : [path];
  }).sort();
}

function digest(files, ...more) {
  const hash = createHash('sha256');
  for (const file of files) {
    if (existsSync(file) && statSync(file).isFile()) hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  for (const text of more) hash.update(text);
  return hash.digest('hex');
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${result.signal ?? `exit ${result.status}`})`);
}

function say(text) {
  process.stderr.write(`sallyport set-up: ${text}\n`);
}

import { posix } from 'node:path';
import type { Import, SourceFile } from './read-imports.ts';
import { BARRED_FROM_DATA_PLANE, MAY_IMPORT, PURE_MODULES, TOP_FILES } from './rules.ts';

/** Every breach of the house's rules, one sentence each. */
export function findBreaches(files: readonly SourceFile[]): string[] {
  return [
    ...files.flatMap((file) => file.imports.flatMap((entry) => breachOf(file, entry))),
    ...files.flatMap(unknownPlace),
    ...dataPlaneBreaches(files),
    ...cycles(files),
  ];
}

const moduleOf = (path: string): string | undefined => (path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined);
const isTest = (path: string): boolean => path.endsWith('.test.ts');

function unknownPlace(file: SourceFile): string[] {
  const module = moduleOf(file.path);
  const known = module === undefined ? Object.hasOwn(TOP_FILES, file.path) : Object.hasOwn(MAY_IMPORT, module);
  return known ? [] : [`${file.path}: stands in no room of the house`];
}

function breachOf(file: SourceFile, entry: Import): string[] {
  const target = resolve(file.path, entry.specifier);
  if (target === undefined) return [];
  if (target.startsWith('..')) {
    // Tests may use the harness and read the content that ships; the product may not reach out of src/.
    return isTest(file.path) ? [] : [`${file.path}: imports ${entry.specifier}, outside src/`];
  }
  const from = moduleOf(file.path);
  const to = moduleOf(target);
  if (target === 'shapes.ts') return entry.typeOnly ? [] : [`${file.path}: shapes.ts holds types only; import it with 'import type'`];
  if (to === undefined) return topFileBreach(file.path, target);
  if (from === to) return entry.specifier.startsWith('#') ? [`${file.path}: inside a module imports are relative, not ${entry.specifier}`] : [];
  if (entry.specifier.startsWith('.')) return [`${file.path}: a relative import may not leave its module (${entry.specifier})`];
  const allowed = from === undefined ? TOP_FILES[file.path] : MAY_IMPORT[from];
  if (!allowed?.includes(to)) return [`${file.path}: ${from ?? file.path} may not import ${to}`];
  if (!isFrontDoor(to, target)) return [`${file.path}: ${target} is not a front door of ${to}`];
  return [];
}

function topFileBreach(from: string, target: string): string[] {
  const apps = ['control-app.ts', 'gateway-app.ts', 'main.ts'];
  if (apps.includes(target) && !from.startsWith('cli/') && !isTest(from)) return [`${from}: nobody but the command line imports ${target}`];
  return [];
}

/** platform is a shelf of small files; its two machines, database and http, have a front door each. */
function isFrontDoor(module: string, target: string): boolean {
  if (module === 'platform') return !/^platform\/(database|http)\//.test(target) || target.endsWith('/index.ts');
  if (module === 'cli') return true;
  return target === `${module}/index.ts` || target === `${module}/data-plane.ts`;
}

function dataPlaneBreaches(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Map<string, string>();
  const queue = byPath.has('gateway-app.ts') ? ['gateway-app.ts'] : [];
  const breaches: string[] = [];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const entry of byPath.get(path)?.imports ?? []) {
      if (entry.typeOnly) continue;
      const target = resolve(path, entry.specifier) ?? entry.specifier;
      if (BARRED_FROM_DATA_PLANE.some((barred) => barred.test(target.includes('/') && !target.startsWith('@') ? `/${target}` : target))) {
        breaches.push(`${path}: the data plane may not load ${target}`);
        continue;
      }
      const door = /^([a-z]+)\/index\.ts$/.exec(target)?.[1];
      if (door !== undefined && door !== moduleOf(path) && !PURE_MODULES.includes(door)) breaches.push(`${path}: the data plane enters ${door} by data-plane.ts, not by index.ts`);
      if (byPath.has(target) && !seen.has(target)) {
        seen.set(target, path);
        queue.push(target);
      }
    }
  }
  return breaches;
}

/** Cycles of files at run time, found by depth-first search. */
function cycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.map((file) => [file.path, file.imports.filter((entry) => !entry.typeOnly).map((entry) => resolve(file.path, entry.specifier)).filter((target) => target !== undefined)]));
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
      return;
    }
    state.set(path, 'open');
    for (const target of edges.get(path) ?? []) walk(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of edges.keys()) walk(path, []);
  return found;
}

/** Path below src/ that a specifier names; undefined for packages and Node's own modules. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier));
  return undefined;
}

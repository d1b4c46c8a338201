import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Modules with a schema of their own, in the order in which their migrations run. */
const MODULES = ['platform', 'identity', 'evidence', 'policy', 'gateway'] as const;

const folderOf = (module: string): string =>
  fileURLToPath(new URL(module === 'platform' ? './platform/database/migrations' : `./${module}/migrations`, import.meta.url));

/** Given to `openDatabase`. */
export const migrations = MODULES.map((module) => ({ module, folder: folderOf(module) })).filter(({ folder }) => existsSync(folder));

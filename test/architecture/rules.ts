/** Who may import whose front door (DESIGN, "The house"). What is not named here is forbidden. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  identity: ['platform'],
  evidence: ['platform'],
  inspection: ['platform'],
  protection: ['platform', 'inspection', 'identity', 'evidence'],
  policy: ['platform', 'identity', 'evidence'],
  gateway: ['platform', 'inspection', 'protection', 'policy', 'identity', 'evidence'],
  // Offline commands call a pure core; everything else speaks HTTP.
  cli: ['platform', 'inspection'],
};

/** Files at the top of src/ and what they may reach besides #shapes.ts. `main` starts the apps through cli. */
export const TOP_FILES: Readonly<Record<string, readonly string[]>> = {
  'shapes.ts': [],
  'migrations.ts': [],
  'main.ts': ['cli', 'platform'],
  'control-app.ts': ['platform', 'identity', 'evidence', 'inspection', 'protection', 'policy', 'gateway'],
  'gateway-app.ts': ['platform', 'identity', 'evidence', 'inspection', 'protection', 'policy', 'gateway'],
};

/** Modules that are pure throughout: their one door serves both planes. */
export const PURE_MODULES: readonly string[] = ['inspection', 'protection'];

/** What the data plane must never load: anything that leads to a database or to control's server. */
export const BARRED_FROM_DATA_PLANE: readonly RegExp[] = [
  /\/(store|tables|routes)\.ts$/, /\/platform\/(database|http)\//, /\/migrations\.ts$/, /\/control-app\.ts$/,
  /^(kysely|pg|@electric-sql\/pglite|fastify|@fastify\/.*)$/,
];

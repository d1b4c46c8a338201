import type { TestProject } from 'vitest/node';
import { createLog } from '#platform/log.ts';
import { openDatabase } from '#platform/database/index.ts';
import { migrations } from '../../src/migrations.ts';
import { embeddedTemplate } from './embedded-template.ts';
import { createPostgresDatabase, databaseUrl, startPostgres } from './postgres.ts';
import { removeOrphans } from './temporary-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What database tests copy; absent when the run has none. */
    databases: { readonly embedded: string; readonly socket: string; readonly template: string } | undefined;
  }
}

const TEMPLATE = 'sallyport_template';

/** Starts what the run's tests share. @returns stops it */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  removeOrphans();
  project.provide('databases', undefined);
  if (!(await hasDatabaseTests(project))) return async () => undefined;
  const postgres = await startPostgres();
  try {
    await createPostgresDatabase(postgres.socket, TEMPLATE);
    const database = await openDatabase({ url: databaseUrl(postgres.socket, TEMPLATE), log: createLog('test', 'warn'), migrations });
    await database.close();
    project.provide('databases', { embedded: await embeddedTemplate(migrations), socket: postgres.socket, template: TEMPLATE });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return postgres.stop;
}

/** A run of unit tests alone does not wait for databases. */
async function hasDatabaseTests(project: TestProject): Promise<boolean> {
  const { filenamePattern } = project.vitest as { filenamePattern?: string[] };
  const { testFiles } = await project.globTestFiles(filenamePattern ?? []);
  return testFiles.some((file) => file.endsWith('.db.test.ts') || file.includes('/test/system/'));
}

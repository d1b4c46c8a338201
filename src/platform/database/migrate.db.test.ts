import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { describeOnBothEngines } from '../../../test/harness/database.ts';
import { removeFolder, temporaryFolder } from '../../../test/harness/temporary-folder.ts';
import { migrations } from '../../migrations.ts';
import type { Database } from './index.ts';
import { migrate, MigrationError } from './migrate.ts';

describeOnBothEngines('migrations', (getDatabase) => {
  const root = temporaryFolder();
  let folder: string;
  let module: string;
  let round = 0;

  beforeEach(() => {
    round += 1;
    module = `garden${round}`;
    folder = join(root, module);
    mkdirSync(folder);
  });
  afterAll(() => removeFolder(root));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text.replaceAll('garden.', `${module}.`));
  const run = (database: Database = getDatabase()) => migrate(database, [...migrations, ...gardens()]);
  const gardens = () => Array.from({ length: round }, (_, index) => ({ module: `garden${index + 1}`, folder: join(root, `garden${index + 1}`) }));
  const applied = async () =>
    (await sql<{ name: string }>`select name from platform.migration where module = ${module} order by name`.execute(getDatabase().kysely)).rows.map(({ name }) => name);

  it('run once, in the order of their names, in a schema of the module', async () => {
    write('0002_more.sql', 'alter table garden.tree add column height int;');
    write('0001_tree.sql', 'create table garden.tree (id uuid primary key); -- two statements\ninsert into garden.tree values (gen_random_uuid());');
    expect(await run()).toBe(2);
    expect(await run()).toBe(0);
    expect(await applied()).toEqual(['0001_tree.sql', '0002_more.sql']);
    write('0003_later.sql', 'create index tree_height on garden.tree (height);');
    expect(await run()).toBe(1);
  });

  it('of two that start at once run once', async () => {
    write('0001_tree.sql', 'create table garden.tree (id uuid primary key);');
    expect((await Promise.all([run(), run(), run()])).sort()).toEqual([0, 0, 1]);
  });

  it('that fail leave nothing behind and say which one it was', async () => {
    write('0001_tree.sql', 'create table garden.tree (id uuid primary key);');
    write('0002_wrong.sql', 'alter table garden.bush add column height int;');
    await expect(run()).rejects.toThrow(new RegExp(`${module}/0002_wrong.sql`));
    expect(await applied()).toEqual([]);
    write('0002_wrong.sql', 'alter table garden.tree add column height int;');
    expect(await run()).toBe(2);
  });

  describe('refuse', () => {
    it('a file that was changed after it was applied', async () => {
      write('0001_tree.sql', 'create table garden.tree (id uuid primary key);');
      await run();
      write('0001_tree.sql', 'create table garden.tree (id uuid primary key, height int);');
      await expect(run()).rejects.toThrow(MigrationError);
      write('0001_tree.sql', 'create table garden.tree (id uuid primary key);');
      expect(await run()).toBe(0);
    });

    it('a database that a newer release wrote', async () => {
      await expect(migrate(getDatabase(), migrations)).rejects.toThrow('newer release');
    });

    it('a file whose name has no place in the order', async () => {
      write('tree.sql', 'select 1;');
      await expect(run()).rejects.toThrow('0001_name.sql');
    });
  });
});

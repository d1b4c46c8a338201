import type { Command } from 'commander';

export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('find personal data and secrets in text from standard input, offline')
    .option('--jsonl', 'read one JSON object {"id","text"} a line instead of one text')
    .addHelpText(
      'after',
      `
Prints JSON lines. For one text, a line a finding: {"kind","label","detector","start","end","confidence"};
with --jsonl, a line an object: {"id","findings":[…]}. Offsets count UTF-16 code units.
A line that is not such an object gives {"id":null,"line":N,"error":"…"}, and the exit code is 1 at the end.

Examples:
  echo 'write to dora@example.org' | sallyport inspect
  sallyport inspect --jsonl < prompts.jsonl`,
    )
    .action(async ({ jsonl }: { jsonl?: true }) => {
      const { inspectStream } = await import('#inspection/index.ts');
      process.exitCode = await inspectStream({ input: process.stdin, output: process.stdout, jsonl: jsonl ?? false });
    });
}

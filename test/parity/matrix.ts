/** The matrix as a page. */
import { POSITIONS, type Position, type Wire } from './positions.ts';

/** Outcome of each cell, or why there is none. */
export interface Row {
  readonly position: Position;
  readonly request: Cell;
  readonly requestStream: Cell;
  readonly answer: Cell;
  readonly answerStream: Cell;
}

export type Cell = { readonly outcome: string } | { readonly absent: string };

const INTRODUCTION = `# The parity matrix

Every wire, place and direction, streamed or not. A test (\`test/parity/\`) puts a canary in each place, sends it through a whole gateway with the
built-in policies, and writes what became of it into this page; it fails when a cell differs. \`UPDATE=1 npx vitest run test/parity\` writes it anew.

In a request: what becomes of a **secret** · of an **e-mail address**. *refused* means that nothing reached the upstream, *masked* that it saw a
placeholder. Another reason than the secret stands in brackets: \`cannot_mask\` where a name or a signed text cannot be changed,
\`content_not_inspectable\` where the words are hidden in bytes that no detector reads and policy refuses them for that.

In an answer: what becomes of a **secret** (*refused*: none of it reached the caller) · of an **e-mail address** (*found*: it is in the record; the built-in
policies let it pass in answers) · of a **placeholder** that this call minted (*restored*, *left* where the text must not be changed, or
*sealed* where the whole text reached the caller as a handle). In streams the canary comes in two pieces wherever the wire sends pieces.

*passed unread, recorded*: not inspected, let pass by policy, and named in the record (\`uninspected\`).

Where there is no such place, the cell says – and the last column why. [The same canaries on another gateway](comparison-portkey.md).
`;

const COLUMNS = ['place', 'request', 'request, streamed', 'answer', 'answer, streamed', 'why not'];

export function renderMatrix(sections: readonly { readonly wire: Wire; readonly rows: readonly Row[] }[]): string {
  const pages = sections.map(({ wire, rows }) => [`\n## ${wire.title}: \`${wire.path}\``, '', line(COLUMNS), line(COLUMNS.map(() => '---')), ...rows.map(renderRow), ''].join('\n'));
  return INTRODUCTION + pages.join('');
}

function renderRow({ position, ...cells }: Row): string {
  const { request, requestStream, answer, answerStream } = cells;
  const list = [request, requestStream, answer, answerStream];
  const reasons = [...new Set(list.flatMap((cell) => ('absent' in cell ? [cell.absent] : [])))];
  return line([POSITIONS[position], ...list.map((cell) => ('outcome' in cell ? cell.outcome : '–')), reasons.join('; ')]);
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

import { invalid } from '#platform/errors.ts';
import { typeCheck, type Problem } from './cedar.ts';
import { readStatements, type ReadStatements } from './statements.ts';

/** What is wrong with a policy's text. Lines and columns count from 1; columns in UTF-16 code units. */
export interface PolicyProblem {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

const PROBLEMS_MAX = 20;
const PROBLEMS_IN_MESSAGE_MAX = 5;

/** @returns nothing when the policy can be saved */
export function validatePolicy(cedar: string): readonly PolicyProblem[] {
  const read = readChecked(cedar);
  return read.ok ? [] : read.problems.slice(0, PROBLEMS_MAX).map((problem) => located(cedar, problem));
}

/**
 * What the statements of a valid policy say of themselves.
 *
 * @throws AppError 400 `invalid_policy`, whose message names the first problems and where they stand
 */
export function describePolicy(cedar: string): string {
  const read = readChecked(cedar);
  if (read.ok) return read.description;
  const problems = read.problems.slice(0, PROBLEMS_IN_MESSAGE_MAX).map((problem) => inWords(located(cedar, problem)));
  throw invalid('invalid_policy', `The policy is not valid. ${problems.join(' ')}`);
}

function readChecked(cedar: string): ReadStatements {
  const read = readStatements(cedar);
  if (!read.ok) return read;
  const problems = typeCheck(cedar);
  return problems.length === 0 ? read : { ok: false, problems };
}

function inWords({ message, line, column }: PolicyProblem): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return line === undefined ? sentence : `Line ${line}, column ${column}: ${sentence}`;
}

function located(text: string, { message, offset }: Problem): PolicyProblem {
  if (offset === undefined) return { message };
  const before = Buffer.from(text).subarray(0, offset).toString();
  const lastBreak = before.lastIndexOf('\n');
  return { message, line: before.split('\n').length, column: before.length - lastBreak };
}

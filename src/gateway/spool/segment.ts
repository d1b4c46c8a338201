import { openSync } from 'node:fs';
import type { Run } from './read-segment.ts';

/** A file of the spool on its way to control: what of it control has not acknowledged yet. */
export interface Segment {
  readonly file: string;
  readonly epoch: string;
  /** Opened for appending and reading while it is written, for reading alone later. */
  fd: number | undefined;
  /** On the disk. */
  bytes: number;
  /** Sequence that follows its last line. */
  next: number;
  /** Not yet acknowledged. */
  readonly runs: { -readonly [member in keyof Run]: Run[member] }[];
  /** No line will be added. */
  ended: boolean;
  /** It is the last one of an epoch that will not go on. */
  final: boolean;
}

export function readingFd(segment: Segment): number {
  segment.fd ??= openSync(segment.file, 'r');
  return segment.fd;
}

/** Every bound of the data path, with what it defaults to. */
import type { AnswerStreamLimits } from './streaming/answer-stream.ts';
import type { CircuitLimits } from './upstreams/circuit.ts';

export interface GatewayLimits {
  readonly requestBytes: number;
  /** Longest answer that is taken as a whole. */
  readonly answerBytes: number;
  /** Longest answer that is streamed. */
  readonly streamBytes: number;
  readonly stream: AnswerStreamLimits;
  /** Exchanges at a time in this process. */
  readonly inFlight: number;
  /** When an upstream that fails is left alone. */
  readonly circuit: CircuitLimits;
  readonly sockets: number;
  readonly headMs: number;
  /** For a whole request, head and body. */
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly headBytes: number;
  /** Refusals of unidentified callers that are recorded, a second; the rest is counted. */
  readonly unidentifiedRecordsPerSecond: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: GatewayLimits = {
  requestBytes: 8 * MIB,
  answerBytes: 16 * MIB,
  streamBytes: 64 * MIB,
  stream: { eventChars: MIB, queueChars: 2 * MIB },
  inFlight: 1_000,
  circuit: { failuresInARow: 5, lastCalls: 20 },
  sockets: 10_000,
  headMs: 15_000,
  requestMs: 60_000,
  keepAliveMs: 65_000,
  headBytes: 16 * 1024,
  unidentifiedRecordsPerSecond: 20,
};

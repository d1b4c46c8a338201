/** What is particular about a kind of provider, as data. */
import type { Api } from '../../../shapes.ts';

/** A header of the caller that the provider's API gives a meaning to. What does not look like it stays here. */
export interface CallerHeader {
  readonly name: string;
  readonly value: RegExp;
  /** Sent when the caller sent none. */
  readonly otherwise?: string;
}

export interface Provider {
  /** For people. */
  readonly label: string;
  /** Where it stands unless told otherwise; `null` where every customer has an address of their own. */
  readonly baseUrl: string | null;
  /** How a base URL looks, for people. */
  readonly example: string;
  /** The header that carries the credential, and what stands in it before the credential. */
  readonly credential: { readonly header: string; readonly prefix: string };
  /** The APIs that it speaks, each with its path behind the base URL. */
  readonly paths: Readonly<Partial<Record<Api, string>>>;
  /**
   * Paths where the upstream is set to a dated version of the provider's API: `{model}` and `{version}` stand for what their names
   * say, encoded. Absent where there is no such way.
   */
  readonly versionedPaths?: Readonly<Partial<Record<Api, string>>>;
  readonly callerHeaders: readonly CallerHeader[];
  /** Headers of its answers that callers' libraries act on. All others stay here: cookies, servers' names, organisations, ids. */
  readonly answerHeaders: readonly string[];
}

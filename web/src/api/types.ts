/** Names for what the control plane's API takes and answers; the shapes themselves are generated from docs/openapi.json. */
import type { components, paths } from './schema.gen.ts';

type Schemas = components['schemas'];
type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Values } } } ? NonNullable<Values> : never;

export type Problem = Schemas['Problem'];
export type Session = Schemas['Session'];
export type Status = Schemas['Status'];
export type Application = Schemas['Application'];
export type Key = Schemas['Key'];
export type CreatedKey = Schemas['CreatedKey'];
export type Upstream = Schemas['Upstream'];
export type UpstreamKind = Schemas['UpstreamKind'];
export type Health = Upstream['health'];
export type Limit = Schemas['Limit'];
export type Policy = Schemas['Policy'];
export type PolicyMode = Policy['mode'];
export type PolicyValidation = paths['/api/v1/policies/validate']['post']['responses'][200]['content']['application/json'];
export type Overview = Schemas['Overview'];
export type OverviewWindow = NonNullable<Query<'/api/v1/overview'>['window']>;
export type ExchangeSummary = Schemas['ExchangeSummary'];
export type ExchangeDetail = Schemas['Exchange'];
export type ExchangeFilters = Omit<Query<'/api/v1/exchanges'>, 'limit' | 'before' | 'after'>;
export type FindingSummary = ExchangeSummary['findings'][number];
export type FindingDetail = ExchangeDetail['findings'][number];
export type Reason = ExchangeSummary['reasons'][number];
export type Direction = FindingSummary['direction'];
export type Effect = NonNullable<ExchangeSummary['effect']>;
export type Outcome = NonNullable<ExchangeSummary['outcome']>;
export type TimedStep = Exclude<keyof ExchangeDetail['times'], 'total'>;

import type { LimitEntry } from '../../shapes.ts';

export interface LimitTables {
  'gateway.usage_limit': LimitRow;
  'gateway.budget_lease': BudgetLeaseRow;
}

export interface LimitRow {
  id: string;
  name: string;
  scope: LimitEntry['scope'];
  subject: string | null;
  measure: LimitEntry['measure'];
  amount: number;
  period: LimitEntry['period'];
  currency: string | null;
  unknown_price: LimitEntry['unknownPrice'];
  created_at: string;
}

export interface BudgetLeaseRow {
  usage_limit: string;
  subject: string;
  period: string;
  instance: string;
  gateway: string;
  granted: number;
  spent: number;
  sequence: number;
  updated_at: string;
}

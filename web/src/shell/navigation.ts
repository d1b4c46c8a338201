import { IconApps, IconGauge, IconLayoutDashboard, IconListDetails, IconScale, IconServerBolt, type Icon } from '@tabler/icons-react';

interface Destination {
  readonly to: '/' | '/traffic' | '/applications' | '/upstreams' | '/limits' | '/policies';
  readonly label: string;
  readonly icon: Icon;
  /** Pressed after `g`. */
  readonly key: string;
}

export const DESTINATIONS: readonly Destination[] = [
  { to: '/', label: 'Overview', icon: IconLayoutDashboard, key: 'o' },
  { to: '/traffic', label: 'Traffic', icon: IconListDetails, key: 't' },
  { to: '/applications', label: 'Applications', icon: IconApps, key: 'a' },
  { to: '/upstreams', label: 'Upstreams', icon: IconServerBolt, key: 'u' },
  { to: '/limits', label: 'Limits', icon: IconGauge, key: 'l' },
  { to: '/policies', label: 'Policies', icon: IconScale, key: 'p' },
];

import { IconApps, IconLayoutDashboard, IconListDetails, IconScale, IconServerBolt, type Icon } from '@tabler/icons-react';

interface Destination {
  readonly to: '/' | '/traffic' | '/applications' | '/upstreams' | '/policies';
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
  { to: '/policies', label: 'Policies', icon: IconScale, key: 'p' },
];

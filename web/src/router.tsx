import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect, type SearchSchemaInput } from '@tanstack/react-router';
import { ApiError } from './api/client.ts';
import { sessionQuery, setupQuery } from './api/queries.ts';
import type { OverviewWindow } from './api/types.ts';
import { parseTrafficSearch, type TrafficSearch } from './evidence/traffic-search.ts';
import { NotFoundPage, RouteError, RoutePending } from './shell/route-states.tsx';
import { Shell } from './shell/shell.tsx';

interface RouterContext {
  readonly queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: NotFoundPage });

const setupRoute = createRoute({ getParentRoute: () => rootRoute, path: '/setup', component: lazyRouteComponent(() => import('./identity/set-up-page.tsx'), 'SetUpPage') });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  // Only a path of our own: `//elsewhere` would lead away.
  validateSearch: (raw: { next?: string } & SearchSchemaInput): { next?: string } => (typeof raw.next === 'string' && /^\/(?![/\\])/.test(raw.next) ? { next: raw.next } : {}),
  component: lazyRouteComponent(() => import('./identity/sign-in-page.tsx'), 'SignInPage'),
});

/** Everything behind it needs a session. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  component: Shell,
  beforeLoad: async ({ context: { queryClient }, location }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
      const { needed } = await queryClient.fetchQuery(setupQuery);
      throw needed ? redirect({ to: '/setup' }) : redirect({ to: '/sign-in', search: { next: location.href } });
    }
  },
});

const WINDOWS: readonly OverviewWindow[] = ['1h', '24h', '7d'];

const overviewRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  validateSearch: (raw: { window?: OverviewWindow } & SearchSchemaInput): { window?: OverviewWindow } => {
    const window = WINDOWS.find((word) => word === raw.window);
    return window === undefined ? {} : { window };
  },
  component: lazyRouteComponent(() => import('./evidence/overview-page.tsx'), 'OverviewPage'),
});

const trafficRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/traffic',
  validateSearch: (raw: TrafficSearch & SearchSchemaInput): TrafficSearch => parseTrafficSearch({ ...raw }),
  component: lazyRouteComponent(() => import('./evidence/traffic-page.tsx'), 'TrafficPage'),
});

const exchangeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/traffic/$exchangeId',
  component: lazyRouteComponent(() => import('./evidence/exchange-page.tsx'), 'ExchangePage'),
});

const applicationsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/applications',
  component: lazyRouteComponent(() => import('./identity/applications-page.tsx'), 'ApplicationsPage'),
});

const applicationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/applications/$applicationId',
  component: lazyRouteComponent(() => import('./identity/application-page.tsx'), 'ApplicationPage'),
});

const upstreamsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/upstreams',
  component: lazyRouteComponent(() => import('./gateway/upstreams-page.tsx'), 'UpstreamsPage'),
});

const limitsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/limits',
  component: lazyRouteComponent(() => import('./gateway/limits-page.tsx'), 'LimitsPage'),
});

const policiesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/policies',
  component: lazyRouteComponent(() => import('./policy/policies-page.tsx'), 'PoliciesPage'),
});

const routeTree = rootRoute.addChildren([
  setupRoute,
  signInRoute,
  signedInRoute.addChildren([overviewRoute, trafficRoute, exchangeRoute, applicationsRoute, applicationRoute, upstreamsRoute, limitsRoute, policiesRoute]),
]);

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPendingComponent: RoutePending,
    defaultErrorComponent: RouteError,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}

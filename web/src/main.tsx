import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import 'virtual:theme-variables.css';
import './global.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createConsoleQueryClient } from './query-client.ts';
import { createConsoleRouter } from './router.tsx';
import { theme } from './theme.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');

const queryClient = createConsoleQueryClient(() => void router.navigate({ to: '/sign-in', search: { next: router.state.location.href } }));
const router = createConsoleRouter(queryClient);

createRoot(root).render(
  <StrictMode>
    {/* No <style> elements at run time: the variables are in a file, and nothing uses the global visibility classes. */}
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
      <Notifications position="bottom-right" autoClose={5000} />
    </MantineProvider>
  </StrictMode>,
);

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { themeVariables } from './build/theme-variables.ts';

export default defineConfig({
  plugins: [react(), themeVariables()],
  build: {
    // Nothing becomes a data: address or an inline script, so that the console runs under `default-src 'none'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': process.env['SALLYPORT_URL'] ?? 'http://127.0.0.1:7070' } },
});

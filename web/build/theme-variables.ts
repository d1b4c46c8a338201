/**
 * Writes the theme's CSS variables into a file at build time (`import 'virtual:theme-variables.css'`).
 * Mantine would otherwise put them into a <style> element at run time, which `style-src 'self'` forbids.
 */
import { convertCssVariables, defaultCssVariablesResolver, deepMerge, mergeMantineTheme, DEFAULT_THEME } from '@mantine/core';
import type { Plugin } from 'vite';
import { resolveThemeVariables, theme } from '../src/theme.ts';

const NAME = 'virtual:theme-variables.css';
const RESOLVED = `\0${NAME}`;

export function themeVariables(): Plugin {
  return {
    name: 'theme-variables',
    resolveId: (id) => (id === NAME ? RESOLVED : undefined),
    load: (id) => (id === RESOLVED ? themeCss() : undefined),
  };
}

function themeCss(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const variables = deepMerge(defaultCssVariablesResolver(merged), resolveThemeVariables(merged));
  return convertCssVariables(variables);
}

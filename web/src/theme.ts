import { createTheme, type CSSVariablesResolver } from '@mantine/core';

/**
 * One accent (petrol), one slate for dark grounds. The colours that carry meaning (decisions, health) are variables of
 * their own, chosen so that text in them reaches 4.5:1 on their ground in both schemes.
 */
export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 7 },
  colors: {
    petrol: ['#ebf6f7', '#d5eaec', '#a9d4d8', '#79bdc4', '#52a9b2', '#3a9ca6', '#2b8f9a', '#1d7680', '#125f68', '#064a52'],
    dark: ['#cfd6da', '#b3bdc4', '#95a1a9', '#66727b', '#3d4850', '#2f3940', '#222a30', '#171d21', '#11161a', '#0b0f12'],
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } } },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Scroll locking works through a <style> element, which the content security policy forbids.
    Modal: { defaultProps: { lockScroll: false, centered: true, overlayProps: { backgroundOpacity: 0.45 }, closeButtonProps: { 'aria-label': 'Close' } } },
    PasswordInput: { defaultProps: { visibilityToggleButtonProps: { 'aria-label': 'Show or hide what is written' } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
  },
});

export const resolveThemeVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#56616a',
    '--mantine-color-placeholder': '#6b7680',
    '--mantine-color-error': '#b42318',
    '--sp-ground': '#f5f7f8',
    '--sp-surface': '#ffffff',
    '--sp-sunken': '#f0f3f4',
    '--sp-line': '#dde3e6',
    '--sp-line-strong': '#b9c3c9',
    '--sp-accent-text': '#125f68',
    '--sp-permit': '#256a3f',
    '--sp-transform': '#3450c4',
    '--sp-hold': '#85560a',
    '--sp-deny': '#b42318',
    '--sp-fail': '#9a4508',
    '--sp-neutral': '#56616a',
    '--sp-chart-1': '#5f8f98',
    '--sp-chart-2': '#3450c4',
    '--sp-chart-3': '#b07a1e',
    '--sp-chart-4': '#7d4fa8',
    '--sp-chart-deny': '#c2362a',
    '--sp-chart-fail': '#d9823b',
  },
  dark: {
    '--mantine-color-dimmed': '#9da9b1',
    '--mantine-color-placeholder': '#8a969e',
    '--mantine-color-error': '#ff9a90',
    '--sp-ground': '#11161a',
    '--sp-surface': '#171d21',
    '--sp-sunken': '#11161a',
    '--sp-line': '#2b343a',
    '--sp-line-strong': '#4a565f',
    '--sp-accent-text': '#79bdc4',
    '--sp-permit': '#7fcf9b',
    '--sp-transform': '#9db1ff',
    '--sp-hold': '#efc25a',
    '--sp-deny': '#ff9a90',
    '--sp-fail': '#f5ab76',
    '--sp-neutral': '#9da9b1',
    '--sp-chart-1': '#5fa3ad',
    '--sp-chart-2': '#8ea4ff',
    '--sp-chart-3': '#d8aa4c',
    '--sp-chart-4': '#bd93e0',
    '--sp-chart-deny': '#ef6b5e',
    '--sp-chart-fail': '#f0a066',
  },
});

import { ActionIcon, Kbd, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKeyboard, IconMenu2, IconSearch } from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { AccountMenu } from './account-menu.tsx';
import { ColorSchemeSwitch } from './color-scheme-switch.tsx';
import { JumpDialog } from './jump-dialog.tsx';
import { DESTINATIONS } from './navigation.ts';
import classes from './shell.module.css';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { useShellShortcuts } from './use-shell-shortcuts.ts';

/** The frame of every page behind the sign-in: header, navigation, main. */
export function Shell() {
  const [menuOpened, menu] = useDisclosure(false);
  const [jumpOpened, jump] = useDisclosure(false);
  const [helpOpened, help] = useDisclosure(false);
  useShellShortcuts({ openJump: jump.open, openHelp: help.open });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const closeMenu = menu.close;
  useEffect(() => closeMenu(), [path, closeMenu]);
  return (
    <div className={classes.frame}>
      <a className="sp-skip" href="#main" onClick={focusMain}>Skip to content</a>
      <header className={classes.header}>
        <ActionIcon className={classes.burger} variant="subtle" color="gray" size="lg" onClick={menu.toggle} aria-label="Navigation" aria-expanded={menuOpened} aria-controls="navigation">
          <IconMenu2 size={19} aria-hidden />
        </ActionIcon>
        <Link to="/" className={classes.brand}><img src="/favicon.svg" alt="" width={22} height={22} />Sallyport</Link>
        <UnstyledButton className={classes.jump} onClick={jump.open} aria-label="Go to a page, an application or an exchange" aria-keyshortcuts="/ Control+K">
          <IconSearch size={15} aria-hidden /><span>Go to…</span><Kbd size="xs">/</Kbd>
        </UnstyledButton>
        <div className={classes.tools}>
          <Tooltip label="Keyboard shortcuts (?)">
            <ActionIcon variant="subtle" color="gray" size="lg" onClick={help.open} aria-label="Keyboard shortcuts"><IconKeyboard size={19} aria-hidden /></ActionIcon>
          </Tooltip>
          <ColorSchemeSwitch />
          <AccountMenu />
        </div>
      </header>
      <nav className={classes.nav} id="navigation" aria-label="Main" data-opened={menuOpened}>
        <div className={classes.navList}>
          {DESTINATIONS.map(({ to, label, icon: Glyph }) => (
            <Link key={to} to={to} className={classes.navLink} activeOptions={{ exact: to === '/', includeSearch: false }}>
              <Glyph size={18} stroke={1.7} aria-hidden />{label}
            </Link>
          ))}
        </div>
      </nav>
      <main className={classes.main} id="main" tabIndex={-1}><Outlet /></main>
      <JumpDialog opened={jumpOpened} onClose={jump.close} />
      <ShortcutsDialog opened={helpOpened} onClose={help.close} />
    </div>
  );
}

function focusMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

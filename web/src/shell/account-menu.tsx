import { Menu, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { signOut } from '../api/calls.ts';
import { sessionQuery } from '../api/queries.ts';
import { toProblem } from '../kit/problem-advice.ts';
import { forgetSession } from '../query-client.ts';
import classes from './shell.module.css';

export function AccountMenu() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await navigate({ to: '/sign-in', search: {} });
      forgetSession(client);
    },
    // The session still stands: say so, rather than look signed out.
    onError: (error) => notifications.show({ color: 'red', title: 'Not signed out', message: toProblem(error).detail }),
  });
  if (session === undefined) return null;
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={`Account of ${session.person.name}`}><IconUserCircle size={20} stroke={1.6} aria-hidden /><span>{session.person.name}</span></UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.person.email} · {session.person.role}</Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

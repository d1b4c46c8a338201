import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../api/queries.ts';

/** Whether the signed-in person may change things. The server decides; this only spares a viewer buttons that would be refused. */
export function useMayChange(): boolean {
  return useQuery(sessionQuery).data?.person.role === 'administrator';
}

import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { statusQuery, upstreamsQuery } from '../api/queries.ts';
import { CodeBlock } from '../kit/copy-field.tsx';
import { curlCall, gatewayAddress, javascriptCall, pythonCall, type Call } from './call-snippets.ts';

const FORMS: readonly { readonly value: string; readonly label: string; readonly write: (call: Call) => string }[] = [
  { value: 'curl', label: 'curl', write: curlCall },
  { value: 'python', label: 'Python (openai)', write: pythonCall },
  { value: 'javascript', label: 'JavaScript (openai)', write: javascriptCall },
];

/** A call through this installation's own gateway, ready to paste. Without a key it reads it from the environment. */
export function FirstCall({ apiKey }: { readonly apiKey?: string }) {
  const { data: status } = useQuery(statusQuery);
  const { data: upstreams } = useQuery(upstreamsQuery);
  const model = upstreams?.items.flatMap((upstream) => upstream.models)[0] ?? 'sandbox';
  const call: Call = { address: gatewayAddress(status?.gatewayUrl, window.location), model, ...(apiKey === undefined ? {} : { apiKey }) };
  return (
    <Tabs defaultValue="curl" variant="default" w="100%">
      <Tabs.List>{FORMS.map(({ value, label }) => <Tabs.Tab key={value} value={value}>{label}</Tabs.Tab>)}</Tabs.List>
      {FORMS.map(({ value, label, write }) => <Tabs.Panel key={value} value={value} pt="xs"><CodeBlock code={write(call)} label={`${label} call`} /></Tabs.Panel>)}
    </Tabs>
  );
}

import { useParams } from '@tanstack/react-router';
import { LinkButton } from '../kit/link-button.tsx';
import { PageHeader } from '../kit/page-header.tsx';
import { Panel } from '../kit/panel.tsx';
import { ExchangeView } from './exchange-view.tsx';

export function ExchangePage() {
  const { exchangeId } = useParams({ from: '/signed-in/traffic/$exchangeId' });
  return (
    <>
      <PageHeader title="Exchange" description={<span className="sp-mono">{exchangeId}</span>} actions={<LinkButton variant="default" to="/traffic" search={{}}>All traffic</LinkButton>} />
      <Panel title="The way that it went"><ExchangeView id={exchangeId} /></Panel>
    </>
  );
}

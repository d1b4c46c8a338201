import { Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';

interface PageHeaderProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
}

// The first page leaves focus at the document's start, where the skip link is.
let isFirstPage = true;

/** Names the page: the document's title, the one h1, and where focus goes after a change of page. */
export function PageHeader({ title, description, actions }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Sallyport`;
    if (isFirstPage) {
      isFirstPage = false;
      return;
    }
    // A link that led here has gone with its page, so focus fell to the body: screen readers learn of the new page by its heading.
    if (document.activeElement === null || document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" gap="md" mb="md" wrap="wrap">
      <Stack gap={2} flex="1 1 20rem">
        <Title order={1} ref={heading} tabIndex={-1} className="sp-page-title">{title}</Title>
        {description !== undefined && <Text c="dimmed" size="sm" maw="110ch">{description}</Text>}
      </Stack>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
